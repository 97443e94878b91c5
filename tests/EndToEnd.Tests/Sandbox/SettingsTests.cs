using System.Collections.Concurrent;
using System.Net;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

public sealed class SettingsTests(PublishedAppFixture app)
{
    [Fact]
    public async Task A_wrong_track_is_off_and_the_others_run_here_with_a_personal_access_token()
    {
        var events = new ConcurrentQueue<HostEvent>();
        await using var sandbox = await RunningSandbox.StartAsync(Task.FromResult(app.Directory), _ => { }, events.Enqueue, CancellationToken.None, (_, settings) =>
        {
            settings["Boards__PersonalAccessToken"] = "personal-token-of-a-test";
            settings["Tracks__stock__Database"] = "";
            settings["Tracks__stock__Grace"] = "a week";
            return Task.CompletedTask;
        });
        sandbox.Cloud.Boards.AddPersonalAccessToken("personal-token-of-a-test", ["vso.work"]);

        await sandbox.PollAsync(CancellationToken.None);

        Assert.Equal(2, sandbox.Cloud.PlanetScale.Passwords(Seed.Shop).Count);
        Assert.Empty(sandbox.Cloud.PlanetScale.Passwords(Seed.Inventory));
        Assert.Contains(events, seen =>
            seen.Kind == HostEventKind.Log
            && seen.Text.Contains("stock: the track is off", StringComparison.Ordinal)
            && seen.Text.Contains("Tracks__stock__Database: is missing", StringComparison.Ordinal)
            && seen.Text.Contains("Tracks__stock__Grace: must be a whole number of days", StringComparison.Ordinal));
        Assert.DoesNotContain(events, seen => seen.Text.Contains("personal-token-of-a-test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_common_settings_fail_every_invocation_with_all_the_names_and_the_process_stays_up()
    {
        var events = new ConcurrentQueue<HostEvent>();
        await using var sandbox = await RunningSandbox.StartAsync(Task.FromResult(app.Directory), _ => { }, events.Enqueue, CancellationToken.None, (_, settings) =>
        {
            settings["Boards__Organization"] = "";
            settings["PlanetScale__ServiceToken"] = "@Microsoft.KeyVault(SecretUri=https://settings.vault.azure.net/secrets/token)";
            return Task.CompletedTask;
        });

        var first = await sandbox.Host.RunTimerAsync("PollIterations");
        var second = await sandbox.Host.RunTimerAsync("PollIterations");
        using var http = new HttpClient { BaseAddress = sandbox.Host.Address, DefaultRequestHeaders = { { "x-functions-key", sandbox.Host.FunctionKey } } };
        using var hook = await http.PostAsync("api/hooks/azure-devops", content: null);
        var (doctorStatus, diagnosis) = await sandbox.AskDoctorAsync(sandbox.Host.MasterKey, CancellationToken.None);

        Assert.False(first.Succeeded);
        Assert.False(second.Succeeded);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, hook.StatusCode);
        Assert.Equal(200, doctorStatus);
        Assert.Contains("Boards__Organization: is missing", diagnosis, StringComparison.Ordinal);
        Assert.Equal(1, events.Count(seen => seen.Kind == HostEventKind.WorkerStarted));
        Assert.Contains(events, seen => seen.Kind == HostEventKind.Stderr && seen.Text.Contains("The settings are wrong, and every invocation will fail", StringComparison.Ordinal));
        Assert.DoesNotContain(events, seen => seen.Text.Contains("   at ", StringComparison.Ordinal));
        Assert.Contains(events, seen =>
            seen.Kind == HostEventKind.Log
            && seen.Text.Contains("Boards__Organization: is missing", StringComparison.Ordinal)
            && seen.Text.Contains("PlanetScale__ServiceToken: still reads @Microsoft.KeyVault", StringComparison.Ordinal));
    }
}
