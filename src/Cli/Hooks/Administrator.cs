using System.CommandLine;
using Azure.Identity;
using IterationBranches.AzureBoards.Administration;
using IterationBranches.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Cli.Hooks;

/// <summary>What every verb of <c>hooks</c> needs: the app's settings, the administrator's credential, and the client.</summary>
internal sealed class Administrator : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Administrator(HookSettings settings, HookAddress address, HookCredential credential, IReadOnlySet<string>? onlyTracks, ServiceProvider services) =>
        (Settings, Address, Credential, OnlyTracks, _services) = (settings, address, credential, onlyTracks, services);

    public HookSettings Settings { get; }

    public HookAddress Address { get; }

    /// <summary>Its secrets are empty where the verb did not ask for them.</summary>
    public HookCredential Credential { get; }

    /// <summary>Null: all.</summary>
    public IReadOnlySet<string>? OnlyTracks { get; }

    public SubscriptionsClient Client => _services.GetRequiredService<SubscriptionsClient>();

    /// <returns>Null when something is wrong or missing; each is then named on stderr.</returns>
    public static async Task<Administrator?> StartAsync(ParseResult parsed, CancellationToken cancellationToken, bool withPassword = false, bool withKey = false)
    {
        if (await Operator.ConfigureAsync(parsed) is not { } configuration)
        {
            return null;
        }

        var given = new GivenSecrets(parsed, cancellationToken);
        var token = await given.ReadAsync(null, HookOptions.TokenFile) ?? GivenSecrets.Variable(HookOptions.TokenVariable);
        var key = withKey ? await given.ReadAsync(HookOptions.Key, HookOptions.KeyFile) ?? GivenSecrets.Variable(HookOptions.KeyVariable) : null;
        if (withPassword && await given.ReadAsync(HookOptions.Password, HookOptions.PasswordFile) is { } password)
        {
            configuration.AddInMemoryCollection([new("ServiceHook:Password", password)]);
        }

        var settings = SettingsLoader.LoadHooks(configuration.Build(), withPassword);
        List<string> problems = [.. given.Problems, .. settings.Problems];
        if (withPassword && settings.Password is null && !settings.Problems.Any(problem => problem.StartsWith("ServiceHook__Password", StringComparison.Ordinal)))
        {
            problems.Add("ServiceHook__Password: is missing; it must be the app's, here or in --password-file");
        }

        var url = parsed.GetValue(HookOptions.Url) ?? GivenSecrets.Variable(HookOptions.UrlVariable);
        if (url is null || HookAddress.WhyNot(url) is not null)
        {
            problems.Add($"--url (or {HookOptions.UrlVariable}): {(url is null ? "is missing; it must be the app's address, as https://NAME.azurewebsites.net" : HookAddress.WhyNot(url))}");
        }

        if (withKey && (key is null || Characters.NotOfToken(key) is not null))
        {
            problems.Add($"--key-file (or {HookOptions.KeyVariable}): {(key is null ? "is missing; it must be a key of the function ReceiveServiceHook" : $"must hold one key alone; {Characters.NotOfToken(key)}")}");
        }

        if (token is not null && Characters.NotOfToken(token) is { } strange)
        {
            problems.Add($"{HookOptions.TokenFile.Name} (or {HookOptions.TokenVariable}): must hold one personal access token alone; {strange}");
        }

        if (problems.Count > 0)
        {
            await Operator.ReportAsync(problems);
            return null;
        }

        var only = parsed.GetValue(HookOptions.Tracks) is { Length: > 0 } names ? names.ToHashSet(StringComparer.OrdinalIgnoreCase) : null;
        return new(settings, new(new Uri(url!)), new(settings.Username, settings.Password ?? "", key ?? ""), only, Compose(settings.Boards, token));
    }

    /// <summary>A verb about the subscriptions that lead to the app.</summary>
    public static async Task<int> WithOursAsync(
        ParseResult parsed, Func<Administrator, OurHooks, Task<int>> verb, CancellationToken cancellationToken, bool withPassword = false)
    {
        await using var administrator = await StartAsync(parsed, cancellationToken, withPassword);
        if (administrator is null)
        {
            return Commands.Wrong;
        }

        try
        {
            return await administrator.FindOursAsync(cancellationToken) is { } ours ? await verb(administrator, ours) : Commands.Wrong;
        }
        catch (ServiceException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return Commands.Failed;
        }
    }

    /// <summary>The subscriptions that lead to the app.</summary>
    /// <returns>Null when a track that was asked for is neither in the settings nor in the URL of any of them; it is then named on stderr.</returns>
    private async Task<OurHooks?> FindOursAsync(CancellationToken cancellationToken)
    {
        var ours = (await Client.ListAsync(cancellationToken))
            .Select(found => (Subscription: found, IsOurs: Address.IsOurs(found.Url, out var track), Track: track))
            .Where(found => found.IsOurs)
            .OrderBy(found => found.Track, StringComparer.OrdinalIgnoreCase)
            .ThenBy(found => found.Subscription.EventType, StringComparer.Ordinal)
            .Select(found => (found.Subscription, found.Track))
            .ToList();
        // Those of a track that is no longer in the settings can still be listed and deleted.
        var unknown = Unknown(ours.Select(found => found.Track).OfType<string>());
        foreach (var name in unknown)
        {
            await Console.Error.WriteLineAsync($"There is no track '{name}' in the settings, and no service hook that this account may see leads to one at {Address}.");
        }

        return unknown.Count > 0 ? null : new(Address, OnlyTracks, ours);
    }

    /// <summary>The tracks that were asked for, and are neither in the settings nor among these.</summary>
    public IReadOnlyList<string> Unknown(IEnumerable<string> others)
    {
        HashSet<string> known = new([.. Settings.Tracks.Select(track => track.Name), .. Settings.TracksOff.Keys, .. others], StringComparer.OrdinalIgnoreCase);
        return [.. (OnlyTracks ?? new HashSet<string>()).Where(name => !known.Contains(name))];
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static ServiceProvider Compose(BoardsSettings boards, string? token)
    {
        var services = new ServiceCollection();
        services.AddErrorLog();
        services.AddSingleton(TimeProvider.System);
        services.AddHookAdministration(
            new() { BaseUrl = boards.BaseUrl, Organization = boards.Organization, PersonalAccessToken = token }, new AzureCliCredential());
        return services.BuildServiceProvider();
    }
}
