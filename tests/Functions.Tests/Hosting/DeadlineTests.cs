using IterationBranches.Functions.Tests.Running;
using IterationBranches.Records;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

public sealed class DeadlineTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_function_that_does_not_end_is_cut_off_before_the_host_kills_the_process()
    {
        await using var app = await RunningApp.StartAsync();
        var begun = new TaskCompletionSource();
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).Returns((CancellationToken token) =>
        {
            var never = new TaskCompletionSource<VaultListing>();
            token.Register(() => never.TrySetCanceled(token));
            begun.SetResult();
            return never.Task;
        });

        var polling = app.PollAsync();
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        app.Clock.Advance(TimeSpan.FromMinutes(4));
        var answer = await polling.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(answer.Succeeded);
        Assert.Contains(answer.Logs, line => line.Contains("not done after 4 minutes", StringComparison.Ordinal));
    }
}
