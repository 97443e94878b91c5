using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>The composed client, and PlanetScale on the other side. It answers what it was told to; anything else fails the test.</summary>
public abstract class PlanetScalePeer : IDisposable
{
    protected const string Database = "/v1/organizations/acme/databases/shop";
    protected const string Passwords = Database + "/branches/b7q3w9e5r1ty/passwords";
    protected const string Secret = "pscale_pw_FAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAKEFAK";
    protected const string NotFound = """{"code":"not_found","message":"Not Found"}""";

    private bool _disposed;

    protected PlanetScalePeer() => Wiring = new Wiring(Peer, SomeSettings.Of(), services => services.AddPlanetScale(() => 0.5));

    protected HttpPeer Peer { get; } = new();

    protected Wiring Wiring { get; }

    protected IBranchProvider Branches => Wiring.Get<IBranchProvider>();

    protected ICredentialProvider Credentials => Wiring.Get<ICredentialProvider>();

    /// <summary>What a good token of the right organization gets; it is asked for behind a 404.</summary>
    protected void TokenIsGood(string organization = "acme") => Peer.On(
        "GET /v1/organizations?page=1&per_page=100",
        Reply.Json(200, $$"""{"type":"list","current_page":1,"next_page":null,"data":[{"id":"o1","name":"other"},{"id":"o2","name":"{{organization}}"}]}"""));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Wiring.Dispose();
            Peer.Dispose();
        }
    }
}
