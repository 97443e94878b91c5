using System.CommandLine;
using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Cli;

/// <summary>What every verb needs: the settings, checked, and the composed product.</summary>
internal sealed class Operator : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Operator(ServiceProvider services) => _services = services;

    public IServiceProvider Services => _services;

    public Settings Settings => _services.GetRequiredService<Settings>();

    public static Option<FileInfo?> SettingsFile { get; } = new("--settings")
    {
        Description = "A local.settings.json, whose Values are read over the environment",
    };

    public static Option<string?> TrackName(string description) => new("--track") { Description = description };

    /// <returns>Null when the settings that all tracks share are wrong; each is then named on stderr.</returns>
    public static async Task<Operator?> StartAsync(ParseResult parsed)
    {
        var started = await ComposeAsync(parsed);
        if (started is null || started.Settings.Problems.Count == 0)
        {
            return started;
        }

        await ReportAsync(started.Settings.Problems);
        await started.DisposeAsync();
        return null;
    }

    /// <summary>Whatever the settings are. Null when they cannot be read, which is then said on stderr.</summary>
    public static async Task<Operator?> ComposeAsync(ParseResult parsed)
    {
        if (await ConfigureAsync(parsed) is not { } configuration)
        {
            return null;
        }

        var services = new ServiceCollection();
        services.AddErrorLog();
        services.AddIterationBranches(configuration.Build());
        return new(services.BuildServiceProvider());
    }

    /// <summary>The environment, and over it <see cref="SettingsFile"/>. Null when that cannot be read, which is then said on stderr.</summary>
    public static async Task<IConfigurationBuilder?> ConfigureAsync(ParseResult parsed)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables();
        return parsed.GetValue(SettingsFile) is not { } file || await AddAsync(file, configuration) ? configuration : null;
    }

    public static async Task ReportAsync(IEnumerable<string> problems)
    {
        await Console.Error.WriteLineAsync("The settings are wrong:");
        foreach (var problem in problems)
        {
            await Console.Error.WriteLineAsync($"  {problem}");
        }
    }

    /// <summary>Puts what an operator asks for on the queue.</summary>
    /// <param name="ask">The operation and what is printed when it was queued; or null and why there is none.</param>
    public static async Task<int> SendAsync(
        ParseResult parsed, string name, Func<Operator, Track, Task<(LookOperation? Operation, string Text)>> ask, CancellationToken cancellationToken)
    {
        await using var started = await StartAsync(parsed);
        if (started?.Settings.FindTrack(name) is not { } track)
        {
            if (started is not null)
            {
                await Console.Error.WriteLineAsync($"There is no track '{name}' in the settings, or it is off.");
            }

            return Commands.Wrong;
        }

        try
        {
            var (operation, text) = await ask(started, track);
            if (operation is null)
            {
                await Console.Error.WriteLineAsync(text);
                return Commands.Wrong;
            }

            var message = LookMessage.For(track.Name, LookReason.Operator) with { Operation = operation };
            await started.Services.GetRequiredService<ILookQueue>().SendAsync(message, null, cancellationToken);
            Console.WriteLine(text);
            return Commands.Done;
        }
        catch (ServiceException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return Commands.Failed;
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static async Task<bool> AddAsync(FileInfo file, IConfigurationBuilder configuration)
    {
        try
        {
            using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(file.FullName), new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            // As for the Functions host, of two of one name the last counts.
            var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var value in document.RootElement.GetProperty("Values").EnumerateObject())
            {
                values[value.Name.Replace("__", ":", StringComparison.Ordinal)] = value.Value.ToString();
            }

            configuration.AddInMemoryCollection(values);
            return true;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync($"{file}: must be a local.settings.json with an object named Values: {unreadable.Message}");
            return false;
        }
    }
}
