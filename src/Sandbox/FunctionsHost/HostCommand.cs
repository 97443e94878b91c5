using System.CommandLine;
using IterationBranches.Sandbox.FunctionsHost.CoreTools;
using IterationBranches.Sandbox.FunctionsHost.Flex;
using Spectre.Console;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary><c>sandbox host --app DIR</c>: what <c>func start</c> is where there are Core Tools.</summary>
public static class HostCommand
{
    private const int Interrupted = 0;

    // The real host's, when the worker dies again and again: what watches it sees no error.
    private const int GivenUp = 0;
    private const int StoppedByErrors = 1;
    private const int BadArguments = 2;

    // The time that the command line gives after Ctrl+C is short.
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        var app = new Option<DirectoryInfo>("--app") { Description = "The published function app: the folder with host.json.", Required = true };
        var port = new Option<int>("--port") { Description = "The port to listen on; 0 is any free one.", DefaultValueFactory = _ => 7071 };
        var settings = new Option<FileInfo?>("--settings") { Description = "A local.settings.json, whose Values are the app settings." };
        var env = new Option<FileInfo?>("--env-file") { Description = "Lines of KEY=VALUE, on top of --settings." };
        var flex = new Option<bool>("--flex")
        {
            Description = "As Flex Consumption does it: the HTTP functions, and each other function, on an instance of their own, and the app root read-only.",
        };
        var keys = new Option<FileInfo?>("--keys") { Description = "A file with the host's keys, as a host keeps them (host.json with masterKey and functionKeys); random ones when left out." };
        var func = CoreToolsOption.Create();
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
            {
                result.AddError("--port must be from 0 to 65535.");
            }
        });
        var command = new Command("host", "Runs the function app as the Azure Functions host does (a stand-in for 'func start').") { app, port, settings, env, keys, flex, func };
        command.Validators.Add(result =>
        {
            if (result.GetValue(flex) && result.GetResult(func) is not null)
            {
                result.AddError("--flex goes with the stand-in host, not with --func.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            () => new FunctionsHostOptions
            {
                AppDirectory = parsed.GetRequiredValue(app).FullName,
                Port = parsed.GetValue(port),
                Settings = ReadSettings(parsed.GetValue(settings), parsed.GetValue(env)),
                MasterKey = SettingsFiles.ReadKey(parsed.GetValue(keys), "masterKey"),
                FunctionKey = SettingsFiles.ReadKey(parsed.GetValue(keys), "functionKeys"),
            },
            parsed.GetValue(flex),
            () => CoreToolsOption.Read(parsed, func),
            AnsiConsole.Console,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Func<FunctionsHostOptions> options, bool flex, Func<FuncProgram?> readFunc, IAnsiConsole console, CancellationToken cancellationToken)
    {
        if (Console.IsOutputRedirected)
        {
            // A line of a log file is not wrapped.
            console.Profile.Width = 10_000;
        }

        try
        {
            var printer = new EventPrinter(console);
            return flex
                ? await RunInstancesAsync(options(), printer, console, cancellationToken)
                : await RunOneAsync(options() with { OnEvent = printer.Print }, readFunc(), console, cancellationToken);
        }
        catch (HostConfigurationException e)
        {
            console.MarkupLineInterpolated($"[red]{e.Message}[/]");
            return BadArguments;
        }
        catch (IOException e)
        {
            // The port is taken.
            console.MarkupLineInterpolated($"[red]{e.Message}[/]");
            return BadArguments;
        }
    }

    private static async Task<int> RunOneAsync(FunctionsHostOptions options, FuncProgram? func, IAnsiConsole console, CancellationToken cancellationToken)
    {
        await using IAppHost host = func is null ? new FunctionsHost(options, TimeProvider.System) : new CoreToolsHost(func, options, TimeProvider.System);
        try
        {
            await host.StartAsync(cancellationToken);
            if (host is FunctionsHost standIn)
            {
                // func prints its own.
                PrintFunctions(standIn, console);
            }

            PrintKeys(host, console);
            await host.Stopped.WaitAsync(cancellationToken);
            return AfterStop(host);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await host.StopAsync(StopGrace);
            return Interrupted;
        }
        catch (HostStoppedException)
        {
            // Told as an event already.
            return AfterStop(host);
        }
    }

    private static async Task<int> RunInstancesAsync(FunctionsHostOptions options, EventPrinter printer, IAnsiConsole console, CancellationToken cancellationToken)
    {
        FlexInstances? instances = null;
        try
        {
            instances = await FlexInstances.StartAsync(
                options, (group, told) => printer.Print(told with { Text = $"{group}: {told.Text}" }), TimeProvider.System, cancellationToken);
            foreach (var host in instances.ByGroup.Values)
            {
                PrintFunctions(host, console);
                PrintKeys(host, console);
            }

            console.WriteLine($"  the app root is {(instances.IsRootHeld ? "read-only" : "looked at when this ends: this machine cannot hold it read-only")}");
            await instances.Stopped.WaitAsync(cancellationToken);
            return AfterStop(instances.ByGroup.Values);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await (instances?.StopAsync(StopGrace) ?? Task.CompletedTask);
            return Interrupted;
        }
        catch (HostStoppedException)
        {
            return StoppedByErrors;
        }
        finally
        {
            foreach (var change in instances?.ChangesInRoot ?? [])
            {
                console.MarkupLineInterpolated($"[red]the app root is read-only on Flex Consumption, but {change}[/]");
            }

            await (instances?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    private static int AfterStop(params IEnumerable<IAppHost> hosts) => hosts.Any(host => host is FunctionsHost { HasGivenUp: true }) ? GivenUp : StoppedByErrors;

    private static Dictionary<string, string> ReadSettings(FileInfo? settingsFile, FileInfo? envFile)
    {
        var settings = settingsFile is null ? [] : SettingsFiles.ReadLocalSettings(settingsFile.FullName).ToDictionary();
        foreach (var (name, value) in envFile is null ? new Dictionary<string, string>() : SettingsFiles.ReadEnvFile(envFile.FullName))
        {
            settings[name] = value;
        }

        return settings;
    }

    private static void PrintFunctions(FunctionsHost host, IAnsiConsole console)
    {
        console.WriteLine();
        foreach (var function in host.Functions)
        {
            console.MarkupLineInterpolated($"  [bold]{function.Name}[/]: {Describe(host, function)}");
        }
    }

    private static void PrintKeys(IAppHost host, IAnsiConsole console)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"  function key: {host.FunctionKey}");
        console.MarkupLineInterpolated($"  master key:   {host.MasterKey}  (POST {host.Address}admin/functions/NAME runs a timer or queue function)");
        console.WriteLine();
    }

    private static string Describe(FunctionsHost host, FunctionMetadata function) => function switch
    {
        { Problem: { } problem } => problem,
        { Trigger: TimerTrigger timer } => $"timer {timer.Schedule} (UTC)",
        { Trigger: QueueTrigger queue } => $"queue {queue.QueueName}",
        { Trigger: HttpTrigger http } => $"{(http.Methods.Count == 0 ? "any method" : string.Join(", ", http.Methods))} {host.AddressOf(http)}",
        _ => "",
    };
}
