using Azure.Identity;
using IterationBranches.Doctor;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Provisioning;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary><c>GET /api/doctor</c> of the composed app, against systems of which one is not as it should be.</summary>
[Collection(DoctorGroup.Name)]
public sealed class DoctorTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Where_all_is_well_every_system_is_ok_and_nothing_was_changed()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__RefreshSites"] = DoctorBench.Site;
        bench.Sites.AddSite(DoctorBench.Site, DoctorBench.Principal);

        var diagnosis = await bench.AskAsync();

        Assert.True(diagnosis.Healthy, diagnosis.All());
        Assert.All(diagnosis.Checks, check => Assert.True(check is { Outcome: Outcome.Ok, Mend: null }, check.ToString()));
        Assert.Equal($"the identity with the object id {DoctorBench.Principal}", diagnosis.Identity);
        Assert.Equal(
            [
                "app", "settings", "service hooks", "identity, for Key Vault", "identity, for App Service", "storage queue", "poison queue", "storage lease",
                "Azure Boards, Meridian / Payments", "PlanetScale", "clock", "PlanetScale, service token", "PlanetScale, shop", "Key Vault", "App Service, shop-web", "track orders",
            ],
            diagnosis.Checks.Select(check => check.Name));
        Assert.Equal(0, bench.Boards.Calls.Writes + bench.PlanetScale.Calls.Writes + bench.Vault.Calls.Writes + bench.Sites.Calls.Writes);
        Assert.Equal(0, (await azurite.Queue(bench.QueueName).GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Empty(azurite.Container.GetBlobs());
    }

    [Fact]
    public async Task Two_tracks_of_one_team_and_one_database_are_looked_at_once()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["TrackDefaults__BranchName"] = "{track}-{iteration}";
        foreach (var (name, value) in new[] { ("Project", "Meridian"), ("Team", "payments"), ("Database", "shop"), ("Retire", "Keep") })
        {
            bench.Settings[$"Tracks__billing__{name}"] = value;
        }

        bench.Settings["Tracks__broken__Project"] = "Meridian";

        var diagnosis = await bench.AskAsync();

        Assert.False(diagnosis.Healthy);
        Assert.Equal(1, bench.Boards.Calls.Count("list_team_iterations"));
        Assert.Equal(1, bench.PlanetScale.Calls.Count("get_database"));
        Assert.Contains("for billing, orders", Assert.Single(diagnosis.Of("PlanetScale, shop")).Text, StringComparison.Ordinal);
        Assert.All(diagnosis.Failed(), check => Assert.StartsWith("the track is off: Tracks__broken__", check.Text, StringComparison.Ordinal));
        Assert.Contains("Correct the app setting Tracks__broken__Database.", diagnosis.Failed().Select(check => check.Mend));
    }

    [Fact]
    public async Task With_wrong_settings_each_is_named_and_what_they_do_not_concern_is_still_looked_at()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["PlanetScale__ServiceToken"] = "@Microsoft.KeyVault(SecretUri=https://contoso-app.vault.azure.net/secrets/planetscale-service-token)";
        bench.Settings["Boards__Organization"] = null;
        bench.Settings["AzureWebJobsStorage"] = null;

        var diagnosis = await bench.AskAsync();

        Assert.False(diagnosis.Healthy);
        var failed = diagnosis.Failed().ToDictionary(check => check.Text.Split(':')[0]);
        Assert.Equal(["AzureWebJobsStorage", "Boards__Organization", "PlanetScale__ServiceToken"], failed.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("the reference is not resolved", failed["PlanetScale__ServiceToken"].Text, StringComparison.Ordinal);
        Assert.Contains("Key Vault Secrets User", failed["PlanetScale__ServiceToken"].Mend, StringComparison.Ordinal);
        Assert.Equal(["Azure Boards", "PlanetScale", "storage"], diagnosis.Warnings().Select(check => check.Name).Order(StringComparer.Ordinal));
        Assert.Equal(Outcome.Ok, Assert.Single(diagnosis.Of("Key Vault")).Outcome);
        Assert.Empty(bench.PlanetScale.Calls.All);
    }

    [Fact]
    public async Task A_dry_run_and_hooks_without_a_password_are_warnings()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["DryRun"] = "true";
        bench.Settings["ServiceHook__Password"] = null;

        var diagnosis = await bench.AskAsync();

        Assert.True(diagnosis.Healthy, diagnosis.All());
        Assert.Equal(["dry run", "service hooks"], diagnosis.Warnings().Select(check => check.Name));
    }

    [Fact]
    public async Task One_system_that_hangs_stops_no_other_and_no_answer()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        var hold = new Hold();
        bench.PlanetScale.Faults.Add("get_database", Fault.TimeOut(hold: hold), times: 3);
        await using var app = await bench.StartAppAsync();

        var asking = bench.AskAsync(app);
        await hold.Reached.WaitAsync(Bound.Wait);
        // What is left are the invocation's, the whole's, the check's and the client's own.
        await OnlyTimersAreLeftAsync(app, 4);
        app.Clock.Advance(Examination.LongestProbe);
        var diagnosis = await asking.WaitAsync(Bound.Wait);

        var failed = Assert.Single(diagnosis.Failed());
        Assert.Equal("PlanetScale, shop", failed.Name);
        // Of the client's own try, or of the check, whichever was first: both are of 30 seconds.
        Assert.Matches("no answer within 30 seconds|a timeout", failed.Text);
        Assert.Equal(Outcome.Ok, Assert.Single(diagnosis.Of("Key Vault")).Outcome);
    }

    [Fact]
    public async Task Many_teams_of_a_system_that_hangs_do_not_hold_up_the_answer()
    {
        const int teams = 12;
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["TrackDefaults__BranchName"] = "{track}-{iteration}";
        foreach (var (track, name, value) in Enumerable.Range(2, teams - 1)
            .SelectMany(team => new[] { ("Project", "Meridian"), ("Team", $"Team {team}"), ("Database", "shop"), ("Retire", "Keep") }, (team, setting) => ($"track{team}", setting.Item1, setting.Item2)))
        {
            bench.Settings[$"Tracks__{track}__{name}"] = value;
        }

        var hold = new Hold();
        bench.Boards.Faults.Otherwise = (_, _) => Fault.TimeOut(hold: hold);
        await using var app = await bench.StartAppAsync();

        var asking = bench.AskAsync(app);
        await hold.Reached.WaitAsync(Bound.Wait);
        // The invocation's, the whole's, and those of four checks and their requests.
        await OnlyTimersAreLeftAsync(app, 10);
        app.Clock.Advance(Examination.Longest);
        var diagnosis = await asking.WaitAsync(Bound.Wait);

        Assert.Equal(teams, diagnosis.Failed().Count());
        Assert.All(diagnosis.Failed(), check => Assert.StartsWith("Azure Boards, ", check.Name, StringComparison.Ordinal));
        Assert.All(diagnosis.Failed(), check => Assert.Matches("no answer within 30 seconds|not looked at: the 90 seconds", check.Text));
    }

    [Fact]
    public async Task An_identity_that_gives_no_token_is_named_with_what_to_turn_on()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.NoToken = new AuthenticationFailedException("ManagedIdentityCredential authentication failed: no identity is assigned");

        var diagnosis = await bench.AskAsync();

        Assert.Equal(["identity, for Key Vault", "Key Vault"], diagnosis.Failed().Select(check => check.Name));
        Assert.Contains("no identity is assigned", diagnosis.Failed().First().Text, StringComparison.Ordinal);
        Assert.Matches("az login|managed identity", diagnosis.Failed().First().Mend!);
        Assert.Equal("Mend the identity first: it gave no token.", diagnosis.Failed().Last().Mend);
        Assert.Contains("gave no token", diagnosis.Identity, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("peek_messages")]
    [InlineData("send_message")]
    public async Task A_storage_account_that_forbids_the_queue_names_the_role_or_the_key(string operation)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Storage.Queues.Faults.Otherwise = (asked, _) => asked == operation ? Fault.Refuse(403) : null;

        var failed = (await bench.AskAsync()).Of("storage queue").Single();

        Assert.Equal(Outcome.Failed, failed.Outcome);
        Assert.Contains("Storage Queue Data Contributor", failed.Text, StringComparison.Ordinal);
        Assert.Contains("AzureWebJobsStorage", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_storage_account_that_forbids_blobs_fails_the_lease_and_the_memory_of_the_tracks_only()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Storage.Blobs.Faults.Otherwise = (_, _) => Fault.Refuse(403);

        var diagnosis = await bench.AskAsync();

        Assert.Equal("storage lease", Assert.Single(diagnosis.Failed()).Name);
    }

    [Fact]
    public async Task A_queue_that_is_missing_and_messages_that_are_poison_are_warnings()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        await azurite.Queue(bench.QueueName).DeleteAsync();
        await azurite.Queue($"{bench.QueueName}-poison").CreateAsync();
        await azurite.Queue($"{bench.QueueName}-poison").SendMessageAsync("bm8=");

        var diagnosis = await bench.AskAsync();

        Assert.True(diagnosis.Healthy, diagnosis.All());
        Assert.Equal([$"there is no queue {bench.QueueName} yet", $"about 1 messages are on {bench.QueueName}-poison"], diagnosis.Warnings().Select(check => check.Text));
    }

    [Fact]
    public async Task What_was_refused_on_a_track_and_a_track_that_nobody_looks_at_are_warnings()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        await using var app = await bench.StartAppAsync();
        var now = app.Clock.GetUtcNow();
        await app.RememberAsync("orders", new TrackMemory { LastLook = now - TimeSpan.FromHours(5) }.With(TrackMemory.WholeTrack, new(now, TimeSpan.FromHours(1), "the database allows no more branches")));

        var warnings = (await bench.AskAsync(app)).Warnings().ToList();

        Assert.Equal(["last looked at 2026-08-26 04:00 UTC, though every track is looked at once an hour", "refused: the database allows no more branches"], warnings.Select(check => check.Text));
        Assert.Contains("iteration-branches retry --track orders", warnings[1].Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_track_that_was_never_looked_at_is_a_warning_with_what_makes_the_looks()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        await using var app = await bench.StartAppAsync();
        await app.RememberAsync("orders", new());

        var warning = Assert.Single((await bench.AskAsync(app)).Warnings());

        Assert.Equal(("track orders", "not looked at yet; the next poll queues it"), (warning.Name, warning.Text));
        Assert.Contains("PollIterations and ProvisionBranch", warning.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PollSchedule")]
    [InlineData("ProvisionQueueName")]
    public async Task Without_what_the_Functions_host_needs_the_app_is_not_healthy(string name)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings[name] = null;

        var diagnosis = await bench.AskAsync();

        Assert.False(diagnosis.Healthy);
        var failed = Assert.Single(diagnosis.Failed());
        Assert.StartsWith($"{name}: is missing; the Functions host has no default for it", failed.Text, StringComparison.Ordinal);
        Assert.Equal($"Set the app setting {name}, as in docs/settings.md.", failed.Mend);
        Assert.Same(failed, Assert.Single(diagnosis.Of("settings")));
    }

    [Fact]
    public async Task A_schedule_that_the_Functions_host_cannot_read_is_not_healthy()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["PollSchedule"] = "every 5 minutes";

        var diagnosis = await bench.AskAsync();

        Assert.False(diagnosis.Healthy);
        var failed = Assert.Single(diagnosis.Failed());
        Assert.StartsWith("PollSchedule: must be six fields of NCRONTAB", failed.Text, StringComparison.Ordinal);
        Assert.Equal(("settings", "Correct the app setting PollSchedule."), (failed.Name, failed.Mend));
    }

    /// <summary>Of any kind.</summary>
    [Fact]
    public async Task A_reference_that_is_not_resolved_is_named_with_where_to_look()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["PlanetScale__ServiceToken"] = "@Microsoft.AppConfiguration(Endpoint=https://contoso.azconfig.io; Key=token)";

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Contains("still reads @Microsoft.AppConfiguration(…)", failed.Text, StringComparison.Ordinal);
        Assert.StartsWith("See in the portal why PlanetScale__ServiceToken is not resolved", failed.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AuthorizationFailure", "Do what the text says.")]
    [InlineData("AuthorizationPermissionMismatch", "Renew the connection string in AzureWebJobsStorage")]
    public async Task A_storage_account_that_refuses_is_mended_as_its_code_says(string code, string mend)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Storage.Queues.Faults.Otherwise = (_, _) => Fault.Refuse(
            403, body: $"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>This request is not authorized.</Message></Error>", contentType: "application/xml");

        var failed = (await bench.AskAsync()).Of("storage queue").Single();

        Assert.StartsWith($"the storage account refused to read the queue {bench.QueueName} (status 403 {code}: This request is not authorized.): ", failed.Text, StringComparison.Ordinal);
        Assert.StartsWith(mend, failed.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acquire_lease")]
    [InlineData("release_lease")]
    public async Task A_lease_that_was_not_given_back_leaves_no_blob(string operation)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Storage.Blobs.Faults.Otherwise = (asked, _) => asked != operation ? null : asked == "acquire_lease" ? Fault.LoseResponse() : Fault.Refuse(403);

        var diagnosis = await bench.AskAsync();

        Assert.Equal("storage lease", Assert.Single(diagnosis.Failed()).Name);
        Assert.Empty(azurite.Container.GetBlobs());
    }

    private static async Task OnlyTimersAreLeftAsync(RunningApp app, int timers)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var bound = new CancellationTokenSource(Bound.Wait);
        while (app.Clock.Timers > timers)
        {
            await ticks.WaitForNextTickAsync(bound.Token);
        }
    }
}
