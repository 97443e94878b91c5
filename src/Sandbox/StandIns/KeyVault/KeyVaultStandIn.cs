using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Principal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>
/// One vault, for secrets, as the service answers to its REST API: the challenge, permissions by principal, versions, soft delete.
/// It must be started with a certificate; the official client speaks HTTPS only.
/// </summary>
/// <remarks>https://learn.microsoft.com/rest/api/keyvault/secrets</remarks>
public sealed class KeyVaultStandIn : StandIn
{
    private const string Resource = "https://vault.azure.net";

    private readonly TimeProvider _tokenClock;

    /// <param name="tokenClock">
    /// By which tokens expire, when it is not the clock of the secrets: where that one is moved by days, the clients, which keep a token
    /// by the machine's time, would go on with one that is out of date.
    /// </param>
    public KeyVaultStandIn(TimeProvider clock, TimeProvider? tokenClock = null)
        : base(clock) => (Vault, _tokenClock) = (new Vault(clock), tokenClock ?? clock);

    internal Vault Vault { get; }

    internal ConcurrentDictionary<string, ImmutableHashSet<SecretAction>> Allowed { get; } = new();

    /// <summary>
    /// The built-in Azure Policies "Key Vault secrets should have an expiration date" and "… should have the specified maximum validity
    /// period", which count from the version's creation and refuse each write that does not comply. Null: the vault has none.
    /// </summary>
    public TimeSpan? PolicyValidity
    {
        get => Vault.PolicyValidity;
        set => Vault.PolicyValidity = value;
    }

    /// <summary>Adds to what a principal may do: getSecret, readMetadata, setSecret, update, delete, recover, purge.</summary>
    public void Allow(string principal, params string[] actions)
    {
        var added = actions.Select(SecretAction.Parse).ToImmutableHashSet();
        Allowed.AddOrUpdate(principal, added, (_, before) => before.Union(added));
    }

    protected override void Map(WebApplication app)
    {
        app.Use(GuardAsync);

        void Operation(string method, string path, string name, SecretAction action, Func<SecretRequest, Task<object?>> answer) =>
            app.MapMethods(path, [method], (RequestDelegate)(context => AnswerAsync(context, action, answer))).WithName(name);

        Operation("PUT", "/secrets/{name}", "set_secret", SecretAction.SetSecret, SetAsync);
        Operation("GET", "/secrets/{name}", "get_secret", SecretAction.GetSecret, GetAsync);
        Operation("GET", "/secrets/{name}/{version}", "get_secret_version", SecretAction.GetSecret, GetAsync);
        Operation("PATCH", "/secrets/{name}/{version?}", "update_secret", SecretAction.Update, UpdateAsync);
        Operation("GET", "/secrets", "list_secrets", SecretAction.ReadMetadata, request => List(request, deleted: false));
        Operation("GET", "/secrets/{name}/versions", "list_secret_versions", SecretAction.ReadMetadata, ListVersions);
        Operation("DELETE", "/secrets/{name}", "delete_secret", SecretAction.Delete, request =>
            One(request, Vault.Delete(request.Name)));
        // That this needs readMetadata and not getSecret is a reading of the documentation; the official client takes a 403 for "deleted".
        Operation("GET", "/deletedsecrets/{name}", "get_deleted_secret", SecretAction.ReadMetadata, request =>
            One(request, Vault.GetDeleted(request.Name)));
        Operation("GET", "/deletedsecrets", "list_deleted_secrets", SecretAction.ReadMetadata, request => List(request, deleted: true));
        Operation("POST", "/deletedsecrets/{name}/recover", "recover_secret", SecretAction.Recover, request =>
            One(request, Vault.Recover(request.Name)));
        Operation("DELETE", "/deletedsecrets/{name}", "purge_secret", SecretAction.Purge, request =>
        {
            Vault.Purge(request.Name);
            return Task.FromResult<object?>(null);
        });
    }

    private static Task<object?> One(SecretRequest request, SecretView view) => Task.FromResult<object?>(request.Bundles.WithoutValue(view));

    private async Task<object?> SetAsync(SecretRequest request)
    {
        var (value, change) = await SecretJson.ReadAsync(request.Http);
        SecretRules.CheckValue(value ?? throw KeyVaultRefusal.InvalidValue("value"));
        return request.Bundles.WithValue(Vault.Set(request.Name, value, change));
    }

    private Task<object?> GetAsync(SecretRequest request) =>
        Task.FromResult<object?>(request.Bundles.WithValue(Vault.Get(request.Name, request.Version)));

    private async Task<object?> UpdateAsync(SecretRequest request)
    {
        var (_, change) = await SecretJson.ReadAsync(request.Http);
        return await One(request, Vault.Update(request.Name, request.Version, change));
    }

    private Task<object?> List(SecretRequest request, bool deleted) => Task.FromResult<object?>(
        SecretPaging.Page(request.Http, request.Origin, Vault.List(ListView.Of(request.Http), deleted), view => view.Name, request.Bundles.Item));

    private Task<object?> ListVersions(SecretRequest request) => Task.FromResult<object?>(
        SecretPaging.Page(request.Http, request.Origin, Vault.ListVersions(request.Name), view => view.Version.Id, request.Bundles.WithoutValue));

    /// <summary>Who is asking comes before all else: the client's first request to a vault has neither token nor body.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        KeyVaultHeaders.Add(context);
        try
        {
            var principal = Authenticate(context);
            SetPrincipal(context, principal);
            context.User = new GenericPrincipal(new GenericIdentity(principal), roles: null);
            SecretRules.CheckApiVersion(context.Request.Query["api-version"]);
            await next(context);
        }
        catch (KeyVaultRefusal refusal)
        {
            await SecretJson.WriteAsync(context, refusal);
        }
    }

    private string Authenticate(HttpContext context)
    {
        const string bearer = "Bearer ";
        var sent = context.Request.Headers.Authorization.ToString();
        var hasToken = sent.StartsWith(bearer, StringComparison.OrdinalIgnoreCase);
        if (hasToken && StandInTokens.Validate(sent[bearer.Length..], Resource, _tokenClock.GetUtcNow()) is { } principal)
        {
            return principal;
        }

        context.Response.Headers.WWWAuthenticate =
            $"Bearer authorization=\"https://login.microsoftonline.com/{StandInTokens.Tenant}\", resource=\"{Resource}\"";
        throw hasToken ? KeyVaultRefusal.InvalidToken() : KeyVaultRefusal.MissingToken();
    }

    /// <param name="answer">Null: 204.</param>
    private async Task AnswerAsync(HttpContext context, SecretAction action, Func<SecretRequest, Task<object?>> answer)
    {
        var name = context.Request.RouteValues["name"] as string;
        if (name is not null)
        {
            SecretRules.CheckName(name);
        }

        var principal = context.User.Identity!.Name!;
        if (!Allowed.TryGetValue(principal, out var allowed) || !allowed.Contains(action))
        {
            throw KeyVaultRefusal.NotPermitted(principal, action, name);
        }

        var origin = $"{context.Request.Scheme}://{context.Request.Host}";
        var result = await answer(new SecretRequest(
            context.Request, name ?? "", context.Request.RouteValues["version"] as string, origin,
            new SecretBundles(origin, Vault.Retention, Vault.PurgeProtection)));
        if (result is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await SecretJson.WriteAsync(context, result);
    }

    private sealed record SecretRequest(HttpRequest Http, string Name, string? Version, string Origin, SecretBundles Bundles);
}
