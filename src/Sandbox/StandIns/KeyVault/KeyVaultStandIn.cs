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
    private const string ByHand = "by hand";

    private readonly Vault _vault;
    private readonly ConcurrentDictionary<string, ImmutableHashSet<SecretAction>> _allowed = new();
    private readonly ConcurrentQueue<SecretAudit> _audit = new();
    private readonly TimeProvider _tokenClock;

    /// <param name="tokenClock">
    /// By which tokens expire, when it is not the clock of the secrets: where that one is moved by days, the clients, which keep a token
    /// by the machine's time, would go on with one that is out of date.
    /// </param>
    public KeyVaultStandIn(TimeProvider clock, TimeProvider? tokenClock = null)
        : base(clock) => (_vault, _tokenClock) = (new Vault(clock), tokenClock ?? clock);

    /// <summary>How long a deletion is not complete: the deleted secret is not found, and its name is refused.</summary>
    public TimeSpan DeletionTakes { get => _vault.DeletionTakes; set => _vault.DeletionTakes = value; }

    /// <summary>How long a recovery is not complete: the secret is not found, and its name is refused.</summary>
    public TimeSpan RecoveryTakes { get => _vault.RecoveryTakes; set => _vault.RecoveryTakes = value; }

    /// <summary>How long deleted secrets are kept; the service takes 7 to 90 days.</summary>
    public TimeSpan Retention { get => _vault.Retention; set => _vault.Retention = value; }

    public bool PurgeProtection { get => _vault.PurgeProtection; set => _vault.PurgeProtection = value; }

    /// <summary>The secrets that are not deleted, by name.</summary>
    public IReadOnlyList<SecretState> Secrets => _vault.Read(deleted: false);

    public IReadOnlyList<SecretState> DeletedSecrets => _vault.Read(deleted: true);

    /// <summary>Who read and changed what, in order; not what was refused (that is in <see cref="StandIn.Calls"/>).</summary>
    public IReadOnlyList<SecretAudit> Audit => [.. _audit];

    /// <summary>Adds to what a principal may do: getSecret, readMetadata, setSecret, update, delete, recover, purge.</summary>
    public void Allow(string principal, params string[] actions)
    {
        var added = actions.Select(SecretAction.Parse).ToImmutableHashSet();
        _allowed.AddOrUpdate(principal, added, (_, before) => before.Union(added));
    }

    public void Deny(string principal, params string[] actions)
    {
        var removed = actions.Select(SecretAction.Parse).ToImmutableHashSet();
        _allowed.AddOrUpdate(principal, [], (_, before) => before.Except(removed));
    }

    /// <summary>The value, also of a disabled or deleted secret; null where there is none.</summary>
    public string? ReadValue(string name, string? version = null) => _vault.ReadValue(name, version);

    /// <summary>What an operator does in the portal. The answer is the new version.</summary>
    public string PutByHand(string name, string value, IReadOnlyDictionary<string, string>? tags = null)
    {
        var change = SecretChange.None with { Tags = tags };
        SecretRules.CheckName(name);
        SecretRules.CheckValue(value);
        SecretRules.Check(change);
        var version = _vault.Set(name, value, change).Version.Id;
        _audit.Enqueue(new SecretAudit(ByHand, "set_secret", name, version));
        return version;
    }

    /// <summary>Disables the latest version.</summary>
    public void DisableByHand(string name) => EnableByHand(name, isEnabled: false);

    public void EnableByHand(string name, bool isEnabled = true)
    {
        var version = _vault.Update(name, version: null, SecretChange.None with { Enabled = isEnabled }).Version.Id;
        _audit.Enqueue(new SecretAudit(ByHand, "update_secret", name, version));
    }

    public void DeleteByHand(string name)
    {
        _vault.Delete(name);
        _audit.Enqueue(new SecretAudit(ByHand, "delete_secret", name, Version: null));
    }

    public void RecoverByHand(string name)
    {
        _vault.Recover(name);
        _audit.Enqueue(new SecretAudit(ByHand, "recover_secret", name, Version: null));
    }

    /// <summary>Of a deleted secret. Nobody gets it back.</summary>
    public void PurgeByHand(string name)
    {
        _vault.Purge(name);
        _audit.Enqueue(new SecretAudit(ByHand, "purge_secret", name, Version: null));
    }

    protected override void Map(WebApplication app)
    {
        app.Use(GuardAsync);

        void Operation(string method, string path, string name, SecretAction action, Func<SecretRequest, Task<SecretAnswer>> answer) =>
            app.MapMethods(path, [method], (RequestDelegate)(context => AnswerAsync(context, name, action, answer))).WithName(name);

        Operation("PUT", "/secrets/{name}", "set_secret", SecretAction.SetSecret, SetAsync);
        Operation("GET", "/secrets/{name}", "get_secret", SecretAction.GetSecret, GetAsync);
        Operation("GET", "/secrets/{name}/{version}", "get_secret_version", SecretAction.GetSecret, GetAsync);
        Operation("PATCH", "/secrets/{name}/{version?}", "update_secret", SecretAction.Update, UpdateAsync);
        Operation("GET", "/secrets", "list_secrets", SecretAction.ReadMetadata, request => List(request, deleted: false));
        Operation("GET", "/secrets/{name}/versions", "list_secret_versions", SecretAction.ReadMetadata, ListVersions);
        Operation("DELETE", "/secrets/{name}", "delete_secret", SecretAction.Delete, request =>
            One(request, _vault.Delete(request.Name)));
        // That this needs readMetadata and not getSecret is a reading of the documentation; the official client takes a 403 for "deleted".
        Operation("GET", "/deletedsecrets/{name}", "get_deleted_secret", SecretAction.ReadMetadata, request =>
            One(request, _vault.GetDeleted(request.Name)));
        Operation("GET", "/deletedsecrets", "list_deleted_secrets", SecretAction.ReadMetadata, request => List(request, deleted: true));
        Operation("POST", "/deletedsecrets/{name}/recover", "recover_secret", SecretAction.Recover, request =>
            One(request, _vault.Recover(request.Name)));
        Operation("DELETE", "/deletedsecrets/{name}", "purge_secret", SecretAction.Purge, request =>
        {
            _vault.Purge(request.Name);
            return Task.FromResult(new SecretAnswer(Body: null, Version: null));
        });
    }

    private static Task<SecretAnswer> One(SecretRequest request, SecretView view) =>
        Task.FromResult(new SecretAnswer(request.Bundles.WithoutValue(view), view.Version.Id));

    private async Task<SecretAnswer> SetAsync(SecretRequest request)
    {
        var (value, change) = await SecretJson.ReadAsync(request.Http);
        SecretRules.CheckValue(value ?? throw KeyVaultRefusal.InvalidValue("value"));
        var view = _vault.Set(request.Name, value, change);
        return new SecretAnswer(request.Bundles.WithValue(view), view.Version.Id);
    }

    private Task<SecretAnswer> GetAsync(SecretRequest request)
    {
        var view = _vault.Get(request.Name, request.Version);
        return Task.FromResult(new SecretAnswer(request.Bundles.WithValue(view), view.Version.Id));
    }

    private async Task<SecretAnswer> UpdateAsync(SecretRequest request)
    {
        var (_, change) = await SecretJson.ReadAsync(request.Http);
        return await One(request, _vault.Update(request.Name, request.Version, change));
    }

    private Task<SecretAnswer> List(SecretRequest request, bool deleted) => Task.FromResult(new SecretAnswer(
        SecretPaging.Page(request.Http, request.Origin, _vault.List(deleted), view => view.Name, request.Bundles.Item), Version: null));

    private Task<SecretAnswer> ListVersions(SecretRequest request) => Task.FromResult(new SecretAnswer(
        SecretPaging.Page(request.Http, request.Origin, _vault.ListVersions(request.Name), view => view.Version.Id, request.Bundles.WithoutValue), Version: null));

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

    private async Task AnswerAsync(HttpContext context, string operation, SecretAction action, Func<SecretRequest, Task<SecretAnswer>> answer)
    {
        var name = context.Request.RouteValues["name"] as string;
        if (name is not null)
        {
            SecretRules.CheckName(name);
        }

        var principal = context.User.Identity!.Name!;
        if (!_allowed.TryGetValue(principal, out var allowed) || !allowed.Contains(action))
        {
            throw KeyVaultRefusal.NotPermitted(principal, action, name);
        }

        var origin = $"{context.Request.Scheme}://{context.Request.Host}";
        var result = await answer(new SecretRequest(
            context.Request, name ?? "", context.Request.RouteValues["version"] as string, origin,
            new SecretBundles(origin, _vault.Retention, _vault.PurgeProtection)));
        _audit.Enqueue(new SecretAudit(principal, operation, name, result.Version));
        if (result.Body is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        await SecretJson.WriteAsync(context, result.Body);
    }

    private sealed record SecretRequest(HttpRequest Http, string Name, string? Version, string Origin, SecretBundles Bundles);

    /// <param name="Body">Null: 204.</param>
    /// <param name="Version">The one version that was read or changed.</param>
    private sealed record SecretAnswer(object? Body, string? Version);
}
