using IterationBranches.AzureBoards.Administration;

namespace IterationBranches.Cli.Hooks;

/// <summary>The subscriptions that lead to the app, and which of them were asked for.</summary>
/// <param name="onlyTracks">Null: all.</param>
internal sealed class OurHooks(HookAddress address, IReadOnlySet<string>? onlyTracks, IReadOnlyList<(Subscription Subscription, string? Track)> all)
{
    public IReadOnlyList<(Subscription Subscription, string? Track)> Asked { get; } =
        [.. all.Where(found => onlyTracks is null || (found.Track is not null && onlyTracks.Contains(found.Track)))];

    /// <summary>What there is to say when nothing was found.</summary>
    public string Nothing => onlyTracks is null || all.Count == 0
        ? $"No service hook that this account may see leads to {address}."
        : $"No service hook that this account may see leads to {address} for {string.Join(", ", onlyTracks.Order(StringComparer.OrdinalIgnoreCase))}; {all.Count} others lead there.";
}
