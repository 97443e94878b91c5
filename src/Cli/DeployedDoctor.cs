using System.Net;
using System.Security.Authentication;
using IterationBranches.Doctor;

namespace IterationBranches.Cli;

/// <summary>Asks a deployed app for its diagnosis, and explains what comes in the place of one.</summary>
internal static class DeployedDoctor
{
    private const string Path = "/api/doctor";

    /// <summary>The front end of Azure gives up after so long; the app answers in 90 seconds, and may have to start first.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(230);

    /// <summary>What <paramref name="text"/> must be to be an app's address; null when it is one.</summary>
    public static string? WhyNot(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) switch
    {
        true when address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback) =>
            address.AbsolutePath is "/" && address.Query.Length == 0 ? null : "must end with the host, as https://NAME.azurewebsites.net; the key goes into --key-file",
        true when address.Scheme == Uri.UriSchemeHttp => "must begin with https://: a key is sent there",
        _ => "must be the app's address, as https://NAME.azurewebsites.net",
    };

    /// <returns>The diagnosis, or null and why there is none.</returns>
    public static async Task<(Diagnosis? Diagnosis, string Why)> AskAsync(Uri app, string key, CancellationToken cancellationToken)
    {
        var address = new Uri(app, Path);
        // A redirect would carry the key elsewhere.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        using var http = new HttpClient(handler) { Timeout = s_longest };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (!request.Headers.TryAddWithoutValidation("x-functions-key", key))
        {
            return (null, "The key holds a character that no key has.");
        }

        try
        {
            using var answer = await http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK && Diagnosis.Parse(text) is { } diagnosis
                ? (diagnosis, "")
                : (null, $"{address} answered {(int)answer.StatusCode}: {Explain(answer.StatusCode)}");
        }
        catch (HttpRequestException failure)
        {
            return (null, $"{address} could not be reached: {Explain(failure)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"{address} did not answer within {s_longest.TotalSeconds:0} seconds: the app may be starting, or hang; ask again, and look at its log.");
        }
    }

    private static string Explain(HttpStatusCode status) => (int)status switch
    {
        200 => "that is no diagnosis. Is it this app, and does it have the function Doctor?",
        >= 300 and < 400 => "a redirect, which is not followed, so that the key is sent nowhere else. Give the address to which it leads.",
        401 => "the key is not the master key of this app's host; a function's key is not enough. az rest --method post --url 'APP_ID/host/default/listkeys?api-version=2025-03-01' --query masterKey --output tsv",
        403 => "the app is stopped, or its access restrictions keep this machine out (Networking, Access restriction).",
        404 => "there is no app at this address, or its functions were not found: deploy it, and let them be synchronized (restart it, or az functionapp function list).",
        502 or 503 or 504 => "the app is not ready: it is starting, or its process does not start. Ask again in a minute; then look at the log for the host's start, and at FUNCTIONS_WORKER_RUNTIME and the plan's operating system.",
        >= 500 => "the app failed; its log says why.",
        _ => "which was not expected; look at the app's log.",
    };

    private static string Explain(HttpRequestException failure) => failure switch
    {
        { HttpRequestError: HttpRequestError.NameResolutionError } => "no such host. Is the app deployed, and is this its address?",
        { HttpRequestError: HttpRequestError.SecureConnectionError } or { InnerException: AuthenticationException } => "its certificate is not accepted here.",
        _ => "no connection. Is the app running, and does its network let this machine in?",
    };
}
