using System.Collections.Concurrent;
using System.CommandLine;
using System.Text.Json;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.CoreTools;
using Spectre.Console;

namespace IterationBranches.Sandbox.Demo;

/// <summary><c>demo</c>: the main job, on this machine, for real; the default verb.</summary>
public static class DemoCommand
{
    private const int AllThere = 0;
    private const int SomethingMissing = 1;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Check every effect from outside, print the result, and end: 0 when all is there, 1 otherwise." };
        var json = new Option<bool>("--json") { Description = "With --once: the result as JSON on stdout, everything else on stderr." };
        var app = new Option<DirectoryInfo?>("--app") { Description = "A published function app; published from the sources when left out." };
        var func = CoreToolsOption.Create();
        var command = new Command("demo", "Plays two teams' sprints against the published function app, and shows what happens. The default.") { once, json, app, func };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && !result.GetValue(once))
            {
                result.AddError("--json goes with --once.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(once), parsed.GetValue(json), parsed.GetValue(app), () => CoreToolsOption.Read(parsed, func), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool once, bool json, DirectoryInfo? app, Func<FuncProgram?> readFunc, CancellationToken cancellationToken)
    {
        var isFile = json ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isFile ? AnsiSupport.No : AnsiSupport.Detect,
            Out = new AnsiConsoleOutput(json ? Console.Error : Console.Out),
        });
        if (isFile)
        {
            // A line of a log file is not wrapped.
            console.Profile.Width = 200;
        }

        var view = new DemoView(console);
        try
        {
            var func = readFunc();
            var directory = app is null ? PublishedApp.PublishAsync(view.Progress, cancellationToken) : Task.FromResult(app.FullName);
            return await RunAsync(directory, func, view, once, json, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return once ? SomethingMissing : AllThere;
        }
        catch (Exception failure) when (failure is PublishException or AzuriteException or HostConfigurationException or HostStoppedException or SandboxException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return SomethingMissing;
        }
    }

    private static async Task<int> RunAsync(Task<string> directory, FuncProgram? func, DemoView view, bool once, bool json, CancellationToken cancellationToken)
    {
        var events = new ConcurrentQueue<HostEvent>();
        await using var sandbox = await RunningSandbox.StartAsync(
            directory, view.Progress,
            seen =>
            {
                events.Enqueue(seen);
                view.Show(seen);
            },
            cancellationToken, func: func);
        view.Watch(sandbox.Cloud);
        var story = await Story.PlayAsync(sandbox, view.Chapter, cancellationToken);
        await view.SummarizeAsync(sandbox, cancellationToken);
        if (once)
        {
            var checks = await new Checks(sandbox, story, events).RunAsync(cancellationToken);
            view.Show(checks);
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { passed = checks.All(check => check.Passed), checks }, s_json));
            }

            return checks.All(check => check.Passed) ? AllThere : SomethingMissing;
        }

        view.Progress("everything stays up; Ctrl+C ends it");
        await sandbox.Host.Stopped.WaitAsync(cancellationToken);
        return SomethingMissing;
    }
}
