using IterationBranches.Functions.Isolated.Tests.Rpc;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Records;
using IterationBranches.Testing;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace IterationBranches.Functions.Isolated.Tests;

/// <summary>What a custom handler is never told: that the host wants an invocation to end.</summary>
public sealed class CancellationTests
{
    [Fact]
    public async Task An_invocation_that_the_host_cancels_ends_and_says_so()
    {
        var begun = new TaskCompletionSource();
        var records = new Mock<IRecordStore>();
        records.Setup(store => store.ListAsync(It.IsAny<CancellationToken>())).Returns(async (CancellationToken cancellationToken) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return Worlds.EmptyVault;
        });
        await using var app = await StartedApp.StartAsync(SettingValues.Working().ToConfiguration(), services => services.AddSingleton(records.Object));
        var id = Guid.NewGuid();

        var polling = app.Channel.InvokeAsync(app.Channel.Functions.Single(function => function.Name == PollIterations.Name), id, new TypedData { Json = "{}" }, []);
        await begun.Task;
        await app.Channel.CancelAsync(id);
        var result = await polling;

        Assert.Contains("the host cancelled it; it will be tried again", result.Error, StringComparison.Ordinal);
        Assert.Equal(["Error: PollIterations failed: the host cancelled it; it will be tried again"], result.Logs);
    }
}
