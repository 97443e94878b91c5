using IterationBranches.Provisioning;
using IterationBranches.Testing.Faults;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// Every remote call of one provisioning × everything that can go wrong with it: whatever it was, deliveries and polls
/// carry it on to one branch, one credential, and the alias.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class MatrixTests
{
    public static TheoryData<Trouble> Troubles => [.. Enum.GetValues<Trouble>().Where(trouble => !Incident.IsOfNextSprint(trouble))];

    public static TheoryData<Trouble> ListTroubles => [.. Enum.GetValues<Trouble>().Where(trouble => Incident.IsOfLists(trouble) && trouble != Trouble.LagsOn && !Incident.IsOfNextSprint(trouble))];

    [Fact]
    public async Task A_run_in_which_nothing_goes_wrong_makes_these_calls()
    {
        var calls = await Matrix.CleanAsync();

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', calls));
        Assert.Equal(
            "set_secret, create_branch, update_secret, create_password, set_secret, set_secret",
            string.Join(", ", calls.Where(call => call is { IsWrite: true, Service: not Service.Storage }).Select(call => call.Operation)));
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Whatever_goes_wrong_with_one_call_it_ends_well(Trouble trouble)
    {
        await Matrix.AllAsync($"{trouble}", await Matrix.CallsForAsync(trouble), call => Matrix.RunAsync([new(call, trouble)]));
    }

    [Theory]
    [MemberData(nameof(ListTroubles))]
    public async Task Whatever_two_lists_in_a_row_leave_out_or_show_too_late_it_ends_well(Trouble trouble)
    {
        await Matrix.AllAsync($"{trouble}, twice", await Matrix.CallsForAsync(trouble), call => Matrix.RunAsync([new(call, trouble) { InARow = 2 }]));
    }

    [Theory]
    [InlineData(Trouble.KilledAndLate)]
    [InlineData(Trouble.PausedBefore)]
    [InlineData(Trouble.PausedAfter)]
    public async Task A_late_write_to_the_vault_is_made_good_within_the_hour(Trouble trouble)
    {
        var late = (await Matrix.CleanAsync()).Where(call => new Incident(call, trouble).IsLateVaultWrite).ToList();
        // The hour, and the poll after it.
        var hour = Incident.Late + Poller.DeepLookEvery + TimeSpan.FromMinutes(15);

        await Matrix.AllAsync($"Late writes, {trouble}", late, call => Matrix.RunAsync([new(call, trouble)], within: hour));
    }

    [Fact]
    public async Task A_vault_that_fails_in_another_way_at_each_try_has_failed_like_any_other()
    {
        await using var world = await CrashWorld.StartAsync();
        var last = new Incident(new(Service.KeyVault, "list_secrets", 1 + OutsideWorld.VaultTries, IsWrite: false), Trouble.TimesOut);
        using var host = new Host(world, [last]);
        await host.StartAsync();
        // The poll's goes well; the look's fails three times, and is not answered the last time.
        world.KeyVault.Faults.Add("list_secrets", Fault.Refuse(503), nth: 2, times: OutsideWorld.VaultTries - 1);

        await host.LiveAsync(TimeSpan.FromMinutes(10));

        Assert.True(last.IsStruck);
        Assert.Empty(host.Surprises);
        Assert.Empty(EndState.Problems(world));
    }
}
