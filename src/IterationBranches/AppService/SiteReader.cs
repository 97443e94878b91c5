using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Identity;

namespace IterationBranches.AppService;

/// <param name="Status"><c>Resolved</c>, or why not.</param>
public sealed record SiteReference(string Setting, string Status);

/// <summary>What Azure Resource Manager says of a site of <c>RefreshSites</c>, and of what the app may do with it.</summary>
public sealed partial class SiteReader(HttpClient http, TokenCredential identity)
{
    private static readonly TokenRequestContext s_scope = new(["https://management.azure.com/.default"]);

    /// <summary>The site's settings that are Key Vault references. API: <c>Web Apps - Get App Settings Key Vault References</c>.</summary>
    public async Task<IReadOnlyList<SiteReference>> ListReferencesAsync(string siteId, CancellationToken cancellationToken)
    {
        var list = await GetAsync(siteId, "config/configreferences/appsettings?api-version=2022-03-01", SiteJson.Default.References, cancellationToken);
        return [.. (list.Value ?? []).OfType<Reference>().Select(reference => new SiteReference(reference.Name ?? "", reference.Properties?.Status ?? "Unknown"))];
    }

    /// <summary>Whether the roles of the app on the site let it change the site's configuration. API: <c>Permissions - List For Resource</c>.</summary>
    public async Task<bool> MayConfigureAsync(string siteId, CancellationToken cancellationToken)
    {
        var list = await GetAsync(siteId, "providers/Microsoft.Authorization/permissions?api-version=2022-04-01", SiteJson.Default.Permissions, cancellationToken);
        var action = siteId.Contains("/slots/", StringComparison.OrdinalIgnoreCase) ? "Microsoft.Web/sites/slots/config/write" : "Microsoft.Web/sites/config/write";
        return (list.Value ?? []).OfType<Permission>().Any(permission => Covers(permission.Actions, action) && !Covers(permission.NotActions, action));
    }

    private static bool Covers(string?[]? patterns, string action) => (patterns ?? []).OfType<string>().Any(pattern =>
        Regex.IsMatch(action, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1)));

    private async Task<T> GetAsync<T>(string siteId, string rest, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            var token = await identity.GetTokenAsync(s_scope, cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{siteId.TrimStart('/')}/{rest}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            using var response = await http.SendAsync(request, cancellationToken);
            var status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
            {
                throw new AppServiceException(status is 429 or 503 ? Failure.ToldToWait : status >= 500 ? Failure.Transient : Failure.PersonNeeded, $"Azure Resource Manager answered {status}", status);
            }

            return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellationToken), type) ?? throw NotUnderstood(status);
        }
        catch (JsonException)
        {
            throw NotUnderstood(200);
        }
        catch (AuthenticationFailedException refusal)
        {
            throw new AppServiceException(AppIdentity.FailureOf(refusal), "the identity gave no token for Azure Resource Manager", null, refusal);
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new AppServiceException(Failure.Transient, $"Azure Resource Manager could not be asked: {failure.Message}", null, failure);
        }
    }

    private static AppServiceException NotUnderstood(int status) => new(Failure.Transient, "the answer of Azure Resource Manager was not understood", status);

    private sealed record References(Reference?[]? Value);

    private sealed record Reference(string? Name, ReferenceProperties? Properties);

    private sealed record ReferenceProperties(string? Status);

    private sealed record Permissions(Permission?[]? Value);

    private sealed record Permission(string?[]? Actions, string?[]? NotActions);

    [JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
    [JsonSerializable(typeof(References))]
    [JsonSerializable(typeof(Permissions))]
    private sealed partial class SiteJson : JsonSerializerContext;
}
