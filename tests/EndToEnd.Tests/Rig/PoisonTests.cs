using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.Rig;

public sealed class PoisonTests(PublishedAppFixture app)
{
    [Fact]
    public async Task A_look_that_fails_five_times_is_in_the_poison_queue_and_the_next_poll_starts_anew()
    {
        var (ill, well) = (new RigTrack("ill", "billing"), new RigTrack("well", "orders"));
        await using var rig = await AppRig.StartAsync(app.Directory, ill, well);
        rig.Cloud.PlanetScale.BranchReadyAfter = TimeSpan.Zero;
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var (one, other) = (rig.AddIteration(ill, "Sprint 1", today, today.AddDays(9)), rig.AddIteration(well, "Sprint 2", today, today.AddDays(9)));
        rig.Cloud.PlanetScale.Faults.Otherwise = (operation, request) =>
            operation == "list_branches" && request.Path.Value!.Contains("/billing/", StringComparison.Ordinal) ? Fault.Refuse(503) : null;

        Assert.True((await rig.PollAsync()).Succeeded);
        await rig.Host.WaitUntilEmptyAsync().WaitAsync(Bound.Long);

        var failed = rig.Events.Where(seen => seen is { Kind: HostEventKind.InvocationFailed, Function: "ProvisionBranch" }).ToList();
        Assert.Equal(5, failed.Count);
        Assert.Equal(5, rig.Events.Count(seen => seen.Kind == HostEventKind.Log && seen.Text.StartsWith("Error: ProvisionBranch failed: ", StringComparison.Ordinal) && seen.Text.Contains("503", StringComparison.Ordinal) && seen.Text.Contains("PlanetScale", StringComparison.Ordinal)));
        Assert.Contains(rig.Events, seen => seen.Kind == HostEventKind.PoisonMessage && seen.Text.Contains("it failed 5 times", StringComparison.Ordinal));
        var poison = rig.Queue($"{AppRig.QueueName}-poison");
        var message = Assert.Single((await poison.ReceiveMessagesAsync(32)).Value);
        Assert.StartsWith("""{"version":1,"track":"ill","reason":"poll","operation":null,"askedAt":""", message.Body.ToString(), StringComparison.Ordinal);
        await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        Assert.Empty((await EndState.ReadAsync(rig, [new(well, [other], other)], mayHaveOlder: false)).Wrong);
        Assert.Empty(rig.Cloud.PlanetScale.Passwords("billing"));

        rig.Cloud.PlanetScale.Faults.Otherwise = null;
        Assert.True((await rig.PollAsync()).Succeeded);
        await rig.Host.WaitUntilEmptyAsync().WaitAsync(Bound.Long);

        Assert.Empty((await EndState.ReadAsync(rig, [new(ill, [one], one), new(well, [other], other)], mayHaveOlder: false)).Wrong);
    }
}
