using System.Text;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>The permissions of the security namespace ServiceHooks; project administrators have them all.</summary>
[Flags]
public enum HookRights
{
    None = 0,
    View = 1,
    Edit = 2,
    Delete = 4,
    All = View | Edit | Delete,
}

/// <summary>Who is calling: a personal access token with its scopes, or an Entra principal that was added to the organization.</summary>
/// <param name="Scopes">Null: not limited.</param>
/// <param name="Projects">Null: every project.</param>
internal sealed record Caller(string Name, IReadOnlySet<string>? Scopes, IReadOnlySet<Guid>? Projects)
{
    /// <summary>On the service hooks of the projects that the caller sees.</summary>
    public HookRights Hooks { get; init; }

    public bool Has(string scope) => Scopes is null || Scopes.Contains(scope) || (scope == "vso.work" && Scopes.Contains("vso.work_write"));

    public bool Sees(BoardsProject project) => Projects is null || Projects.Contains(project.Id);
}

/// <summary>The organization's users and tokens. It keeps its own lock, since it is asked before the state is.</summary>
internal sealed class BoardsAccess
{
    /// <summary>Azure DevOps' own application in Entra: the audience of its tokens.</summary>
    public const string Resource = "499b84ac-1321-427f-aa17-267ca6975798";

    private const string Anonymous = "TF400813: Resource not available for anonymous access. Client authentication required.";
    private const string Expired = "Access Denied: The Personal Access Token used has expired.";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Caller Caller, DateTimeOffset? ExpiresAt)> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Caller> _users = new(StringComparer.OrdinalIgnoreCase);

    public void AddToken(string token, Caller caller, DateTimeOffset? expiresAt)
    {
        lock (_gate)
        {
            _tokens[token] = (caller, expiresAt);
        }
    }

    public void RemoveToken(string token)
    {
        lock (_gate)
        {
            _tokens.Remove(token);
        }
    }

    public void AddUser(Caller caller)
    {
        lock (_gate)
        {
            _users[caller.Name] = caller;
        }
    }

    public void RemoveUser(string principal)
    {
        lock (_gate)
        {
            _users.Remove(principal);
        }
    }

    public Caller Authenticate(HttpRequest request, DateTimeOffset now)
    {
        var authorization = request.Headers.Authorization.ToString();
        lock (_gate)
        {
            return authorization.Split(' ', 2) switch
            {
                [var scheme, var token] when scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => FromEntra(token.Trim(), now),
                [var scheme, var basic] when scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) => FromBasic(basic.Trim(), now),
                _ => throw BoardsException.Unauthorized(Anonymous),
            };
        }
    }

    public static BoardsException NotAllowed(Caller caller) =>
        BoardsException.Unauthorized($"TF400813: The user '{caller.Name}' is not authorized to access this resource.");

    private Caller FromEntra(string token, DateTimeOffset now) => StandInTokens.Validate(token, Resource, now) is not { } principal
        ? throw BoardsException.Unauthorized(Anonymous)
        : _users.TryGetValue(principal, out var user)
            ? user
            : throw BoardsException.Unauthorized($"TF400813: The user '{principal}' is not authorized to access this resource.");

    /// <summary>Any user name, a colon, and the token.</summary>
    private Caller FromBasic(string basic, DateTimeOffset now)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length)
            || Encoding.UTF8.GetString(bytes.AsSpan(0, length)).Split(':', 2) is not [_, var token]
            || !_tokens.TryGetValue(token, out var known))
        {
            throw BoardsException.Unauthorized(Anonymous);
        }

        return known.ExpiresAt <= now ? throw BoardsException.Unauthorized(Expired) : known.Caller;
    }
}
