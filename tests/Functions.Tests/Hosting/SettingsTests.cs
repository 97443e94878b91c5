using IterationBranches.Functions.Tests.Running;
using IterationBranches.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

public sealed class SettingsTests
{
    [Theory]
    [InlineData(nameof(PollIterations))]
    [InlineData(nameof(ProvisionBranch))]
    public async Task With_wrong_common_settings_every_invocation_fails_and_names_them_all(string function)
    {
        await using var app = await RunningApp.StartAsync(settings =>
        {
            settings.Remove("PlanetScale__Organization");
            settings["Boards__TimeZone"] = "Mars/Olympus";
            settings["KeyVault__Url"] = "https://contoso.vault.azure.net";
        });

        for (var i = 0; i < 2; i++)
        {
            var answer = function == nameof(PollIterations) ? await app.PollAsync() : await app.ProvisionAsync(Invocations.Look("orders"));

            Assert.False(answer.Succeeded);
            var line = Assert.Single(answer.Logs);
            Assert.All(new[] { "PlanetScale__Organization", "Boards__TimeZone", "KeyVault__Url" }, name => Assert.Contains(name, line));
        }

        Assert.Equal(2, app.Log.Errors.Count());
    }

    /// <summary>Without them the host would run a part of the app alone: polls whose messages nobody reads, or no polls.</summary>
    [Theory]
    [InlineData("PollSchedule", "every 5 minutes", "PollSchedule: must be six fields of NCRONTAB")]
    [InlineData("PollSchedule", null, "PollSchedule: is missing")]
    [InlineData("ProvisionQueueName", null, "ProvisionQueueName: is missing")]
    public async Task With_a_setting_that_the_host_cannot_use_nothing_runs_and_the_start_names_it(string name, string? value, string problem)
    {
        await using var app = await RunningApp.StartAsync(settings => settings[name] = value);
        using var lines = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));

        var answer = await app.PollAsync();
        StartReport.Write(app.Services.GetRequiredService<Configuration.Settings>(), loggers);

        Assert.False(answer.Succeeded);
        Assert.Contains(problem, Assert.Single(answer.Logs), StringComparison.Ordinal);
        Assert.Contains(problem, Assert.Single(lines.Errors), StringComparison.Ordinal);
        Assert.Empty(app.QueuedTexts);
    }

    [Fact]
    public async Task One_wrong_track_is_reported_and_the_others_run()
    {
        await using var app = await RunningApp.StartAsync(BrokenTrack);
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.EmptyVault);

        var answer = await app.PollAsync();

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
        Assert.Contains(answer.Logs, line => line.Contains("broken: the track is off") && line.Contains("Tracks__broken__Retire") && line.Contains("Tracks__broken__Database"));
    }

    [Fact]
    public async Task A_message_for_a_wrong_track_is_done_with_and_says_why()
    {
        await using var app = await RunningApp.StartAsync(BrokenTrack);

        var answer = await app.ProvisionAsync(Invocations.Look("broken"));

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Contains("Tracks__broken__Retire", Assert.Single(answer.Logs));
        Assert.Empty(app.Queue.Poison);
    }

    [Fact]
    public async Task A_dry_run_logs_the_plan_and_changes_nothing()
    {
        await using var app = await RunningApp.StartAsync(settings => settings["DryRun"] = "true");
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Configuration.Track>(), It.IsAny<CancellationToken>())).ReturnsAsync([Worlds.Sprint42]);
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.EmptyVault);
        app.Records.Setup(records => records.ListAliasVersionsAsync("ConnectionStrings--orders", It.IsAny<CancellationToken>())).ReturnsAsync([]);
        app.Records.Setup(records => records.ListVersionsAsync(Records.Record.NameFor("orders", Worlds.Sprint42.Id), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        app.Branches.Setup(branches => branches.GetDatabaseAsync("shop", It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.Shop);
        app.Branches.Setup(branches => branches.ListBranchesAsync("shop", It.IsAny<CancellationToken>())).ReturnsAsync([Worlds.Main]);

        var answer = await app.ProvisionAsync(Invocations.Look("orders"));

        // The mocks are strict: whatever else were called would have failed.
        Assert.True(answer.Succeeded, answer.Error);
        Assert.Equal(["orders: dry run: would claim the branch name sprint-42"], answer.Logs);
        Assert.Equal(0, app.Queue.Sent);
    }

    private static void BrokenTrack(Dictionary<string, string?> settings) => settings["Tracks__broken__Project"] = "Meridian";
}
