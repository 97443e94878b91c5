using Host = IterationBranches.Sandbox.FunctionsHost.FunctionsHost;

namespace IterationBranches.Sandbox.FunctionsHost.Flex;

/// <summary>
/// An app as Flex Consumption runs it: each group of functions on an instance of its own, with a host and a worker that share
/// nothing but the storage account, and the app root read-only. Where this machine cannot hold it so (<see cref="IsRootHeld"/>), it
/// is only compared (<see cref="ChangesInRoot"/>).
/// </summary>
public sealed class FlexInstances : IAsyncDisposable
{
    private readonly RootFiles _before;

    private FlexInstances(IReadOnlyDictionary<string, Host> byGroup, RootFiles before, bool isRootHeld) =>
        (ByGroup, _before, IsRootHeld) = (byGroup, before, isRootHeld);

    /// <summary>Each instance by the group that it serves.</summary>
    public IReadOnlyDictionary<string, Host> ByGroup { get; }

    /// <summary>Whether every write of the workers into the app root is refused.</summary>
    public bool IsRootHeld { get; }

    /// <summary>What has become of the app root since the start; empty when nothing has.</summary>
    public IReadOnlyList<string> ChangesInRoot => _before.Changes();

    /// <summary>Ends with the reason when one of the hosts stops by itself.</summary>
    public Task<string> Stopped => Task.WhenAny(ByGroup.Values.Select(host => host.Stopped)).Unwrap();

    /// <summary>Ends when every worker answers.</summary>
    /// <param name="options">Of every instance; the port is that of the HTTP functions.</param>
    /// <param name="events">Told of each event with the group of the instance.</param>
    public static async Task<FlexInstances> StartAsync(
        FunctionsHostOptions options, Action<string, HostEvent> events, TimeProvider clock, CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(options.AppDirectory);
        var settings = new AppSettings(options.Settings);
        var groups = FunctionMetadata.ReadAll(root, settings).Where(function => function.Problem is null).Select(FunctionGroups.Of).Distinct();
        var readOnly = await ReadOnlyRoot.FindAsync(root);
        // The app's keys are the same on every instance.
        var keys = new HostKeys(options.FunctionKey, options.MasterKey);
        var instances = new FlexInstances(
            groups.ToDictionary(group => group, group => new Host(
                options with
                {
                    AppDirectory = root,
                    Port = group is FunctionGroups.Http ? options.Port : 0,
                    Settings = Environment(options.Settings, group),
                    FunctionKey = keys.Function,
                    MasterKey = keys.Master,
                    ReadOnlyRoot = readOnly,
                    OnEvent = told => events(group, told),
                },
                clock)),
            RootFiles.Of(root),
            readOnly is not null);
        try
        {
            await Task.WhenAll(instances.ByGroup.Values.Select(host => host.StartAsync(cancellationToken)));
            return instances;
        }
        catch
        {
            await instances.DisposeAsync();
            throw;
        }
    }

    public Task StopAsync(TimeSpan? grace = null) => Task.WhenAll(ByGroup.Values.Select(host => host.StopAsync(grace)));

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        foreach (var host in ByGroup.Values)
        {
            await host.DisposeAsync();
        }
    }

    private static Dictionary<string, string> Environment(IReadOnlyDictionary<string, string> settings, string group)
    {
        var environment = new Dictionary<string, string>(settings)
        {
            [FunctionGroups.Setting] = group,
            ["WEBSITE_SKU"] = "FlexConsumption",
        };
        if (!OperatingSystem.IsWindows())
        {
            // The image's: nothing of a person's is there, and nothing need be.
            environment["HOME"] = "/home";
        }

        return environment;
    }
}
