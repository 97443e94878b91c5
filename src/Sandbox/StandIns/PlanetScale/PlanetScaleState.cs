using System.Security.Cryptography;
using System.Text;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>Everything that PlanetScale would remember. Its callers hold <see cref="Gate"/>.</summary>
internal sealed class PlanetScaleState
{
    public Lock Gate { get; } = new();

    public List<PlanetScaleDatabase> Databases { get; } = [];

    public List<ServiceToken> Tokens { get; } = [];

    public List<string> IssuedSecrets { get; } = [];

    public TimeSpan BranchReadyAfter { get; set; } = TimeSpan.FromSeconds(3);

    public TimeSpan RestoreTakes { get; set; } = TimeSpan.FromSeconds(30);

    public bool ForgetsExpired { get; set; }

    public TimeSpan DeletionTakes { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Forgets the branches whose deletion has come to its end, and the credentials with them.</summary>
    public void Sweep(DateTimeOffset now)
    {
        foreach (var database in Databases)
        {
            database.Branches.RemoveAll(branch => branch.IsGone(now));
            if (ForgetsExpired)
            {
                database.Branches.ForEach(branch => branch.Credentials.RemoveAll(credential => credential.IsExpired(now)));
            }
        }
    }

    /// <summary>For lists that are behind.</summary>
    public void Remember(DateTimeOffset now)
    {
        foreach (var database in Databases)
        {
            database.FormerBranches.Keep(now, database.Branches.ConvertAll(branch => branch.Copy()));
            database.FormerDeployRequests.Keep(now, database.DeployRequests.ConvertAll(deploy => deploy.Copy()));
            database.Branches.ForEach(branch => branch.FormerCredentials.Keep(now, branch.Credentials.ConvertAll(credential => credential.Copy())));
        }
    }

    public ServiceToken? Authenticate(string authorization, DateTimeOffset now)
    {
        if (authorization.Split(':') is not [var id, var secret])
        {
            return null;
        }

        return Tokens.Find(token => token.Id == id
            && (token.ExpiresAt is not { } end || end > now)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token.Secret), Encoding.UTF8.GetBytes(secret)));
    }

    /// <summary>The database of the request, if its token may do one of these things to it; otherwise there is none.</summary>
    public PlanetScaleDatabase DatabaseFor(Request request, params ReadOnlySpan<string> anyOf)
    {
        var database = DatabaseOf(request);
        return request.Token.Allows(database, anyOf) ? database : throw ApiException.NotFound();
    }

    /// <summary>The same, for what depends on more than the database: the caller checks the permission.</summary>
    public PlanetScaleDatabase DatabaseOf(Request request) =>
        Databases.Find(database => database.Organization == request.Token.Organization
            && database.Organization == request.Route("organization")
            && database.Name == request.Route("database")) ?? throw ApiException.NotFound();

    /// <summary>By name or by public id, as PlanetScale's paths allow.</summary>
    public static Branch BranchOf(PlanetScaleDatabase database, Request request) =>
        FindBranch(database, request.Route("branch")) ?? throw ApiException.NotFound();

    public static Branch? FindBranch(PlanetScaleDatabase database, string nameOrId) =>
        database.Branches.Find(branch => branch.Id == nameOrId) ?? database.Branches.Find(branch => branch.Name == nameOrId);
}
