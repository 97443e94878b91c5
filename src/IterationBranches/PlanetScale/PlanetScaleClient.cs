using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.PlanetScale;

/// <summary>
/// PlanetScale's API (https://planetscale.com/docs/api/reference/getting-started-with-planetscale-api): one method an
/// operation. Its 404 means "not there" or "not permitted"; which one is found out before anything is said.
/// </summary>
public sealed partial class PlanetScaleClient(
    HttpClient http, ILogger<PlanetScaleClient> logger, Settings settings, TimeProvider time) : IBranchProvider, ICredentialProvider
{
    // 20,000 entries. PlanetScale allows a database 100 development branches.
    private const int MostPages = 200;

    private readonly PlanetScaleSettings _settings = settings.PlanetScale;

    /// <summary>Every page; a half list is an exception, since what is missing from a list is taken to be gone.</summary>
    /// <param name="filter">What else the query says, ending with "&amp;"; or nothing.</param>
    private async Task<List<T>> ListAsync<T>(
        string path, JsonTypeInfo<Page<T>> type, Operation operation, CancellationToken cancellationToken, string filter = "")
        where T : class
    {
        var items = new List<T>();
        var page = 1;
        for (var read = 0; read < MostPages; read++)
        {
            var answer = await SendAsync(HttpMethod.Get, $"{path}?{filter}page={page}&per_page=100", null, cancellationToken);
            if (!answer.IsSuccess)
            {
                throw await ExplainAsync(answer, operation, cancellationToken);
            }

            var body = Read(answer, type, operation);
            items.AddRange((body.Data ?? throw NotUnderstood(answer, operation, "there is no \"data\"")).OfType<T>());
            if (body.NextPage is not { } next)
            {
                return items;
            }

            page = next > page ? next : throw NotUnderstood(answer, operation, $"page {page} is followed by page {next}");
        }

        throw new PlanetScaleException(Failure.PersonNeeded, $"PlanetScale was asked to {operation.Name}, and there were more than {MostPages} pages.");
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            var answer = await Answer.ReadAsync(response, time, cancellationToken);
            Log.Answered(logger, method, path, answer.Status);
            return answer;
        }
        catch (Exception exception) when (Transport.Failed(exception, cancellationToken))
        {
            throw new PlanetScaleException(
                Transport.FailureOf(exception),
                $"PlanetScale did not answer: {Transport.Describe(exception)} (PlanetScale__BaseUrl is {_settings.BaseUrl}).",
                inner: exception);
        }
    }

    /// <summary>The exception of a refusal; behind a 404, what is to be blamed.</summary>
    private async Task<PlanetScaleException> ExplainAsync(Answer answer, Operation operation, CancellationToken cancellationToken)
    {
        if (answer.Status == 404)
        {
            await ThrowIfTokenIsBadAsync(answer, operation, cancellationToken);
        }

        return PlanetScaleRefusals.Of(answer, PlanetScaleRefusals.Parse(answer, _settings), operation);
    }

    /// <summary>As PlanetScale's own command line does: a good token can always list its organizations.</summary>
    private async Task ThrowIfTokenIsBadAsync(Answer notFound, Operation operation, CancellationToken cancellationToken)
    {
        var asking = new Operation("list the organizations of the service token", null, "the API");
        var answer = await SendAsync(HttpMethod.Get, Organizations, null, cancellationToken);
        if (answer.Status is 401 or 403 or 404)
        {
            throw PlanetScaleRefusals.BadToken(notFound, operation);
        }

        if (!answer.IsSuccess)
        {
            throw PlanetScaleRefusals.Of(answer, PlanetScaleRefusals.Parse(answer, _settings), asking);
        }

        var body = Read(answer, PlanetScaleJson.Default.PageOrganizationBody, asking);
        if (body is { Data: { } seen, NextPage: null }
            && !seen.Any(organization => string.Equals(organization?.Name, _settings.Organization, StringComparison.OrdinalIgnoreCase)))
        {
            throw PlanetScaleRefusals.WrongOrganization(notFound, _settings.Organization);
        }
    }

    private static bool IsNotReady(ApiError error) => error.Says("still initializing") || error.Says("not ready");

    private static string Named(string database) => $"the database \"{database}\" (setting Tracks__…__Database)";

    private static string BranchOf(string database, string branchId) => $"the branch {branchId} of {Named(database)}";

    private string[] DatabaseParts(string database) => ["organizations", _settings.Organization, "databases", database];

    private string[] BranchParts(string database, string branch) => [.. DatabaseParts(database), "branches", branch];

    private static string Path(Operation operation, string[] parts) => parts.All(UrlPath.IsUsable)
        ? UrlPath.Of(parts)
        : throw new PlanetScaleException(
            Failure.PersonNeeded,
            $"PlanetScale cannot be asked to {operation.Name}: a name in it is empty, \".\" or \"..\". Check PlanetScale__Organization and {operation.Subject}.");

    private static ByteArrayContent Body<T>(T body, JsonTypeInfo<T> type) => new(JsonSerializer.SerializeToUtf8Bytes(body, type))
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };

    /// <summary>Nothing of a body that was not understood is shown, nor the parser's exception: it may be the one with the secret.</summary>
    private static T Read<T>(Answer answer, JsonTypeInfo<T> type, Operation operation)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body.Span, type) ?? throw NotUnderstood(answer, operation, "it is null");
        }
        catch (JsonException exception)
        {
            throw NotUnderstood(answer, operation, $"it is not the expected JSON at {exception.Path ?? "its start"}");
        }
    }

    private static PlanetScaleException NotUnderstood(Answer answer, Operation operation, string why) =>
        new(Failure.Transient, $"PlanetScale was asked to {operation.Name}, and its answer was not understood: {why}.", answer.Status);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Method} {Path} was answered {Status}")]
        public static partial void Answered(ILogger logger, HttpMethod method, string path, int status);
    }
}
