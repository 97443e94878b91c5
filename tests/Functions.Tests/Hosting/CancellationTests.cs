using IterationBranches.Functions.Tests.Running;
using IterationBranches.Testing;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

public sealed class CancellationTests
{
    [Fact]
    public async Task An_invocation_that_the_host_cancels_ends_and_says_so()
    {
        await using var app = await RunningApp.StartAsync(functionTimeout: TimeSpan.FromMilliseconds(200));
        app.Records.Setup(store => store.ListAsync(It.IsAny<CancellationToken>())).Returns(async (CancellationToken cancellationToken) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return Worlds.EmptyVault;
        });

        var result = await app.PollAsync();

        Assert.Contains("Timeout value of 00:00:00.2000000 was exceeded", result.Error, StringComparison.Ordinal);
        Assert.Equal(["PollIterations failed: the host cancelled it; it will be tried again"], app.Log.Errors);
    }
}
