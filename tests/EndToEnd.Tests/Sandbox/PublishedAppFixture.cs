using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

[assembly: AssemblyFixture(typeof(PublishedAppFixture))]

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The function app, published once for all tests.</summary>
public sealed class PublishedAppFixture : IAsyncLifetime
{
    private readonly Lazy<Task<string>> _published = new(() => PublishedApp.PublishAsync(_ => { }, CancellationToken.None).WaitAsync(Bound.Long));

    public string Directory => _published.Value.Result;

    public async ValueTask InitializeAsync() => await _published.Value;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
