using Azure.Identity;

namespace IterationBranches.Configuration;

/// <summary>Everything that the app is told by its settings, read once at start.</summary>
public sealed record Settings
{
    public required BoardsSettings Boards { get; init; }

    public required PlanetScaleSettings PlanetScale { get; init; }

    public required KeyVaultSettings KeyVault { get; init; }

    public required StorageSettings Storage { get; init; }

    public required ServiceHookSettings ServiceHook { get; init; }

    /// <summary>Azure Resource Manager, which is asked about <see cref="Track.RefreshSites"/>.</summary>
    public Uri ResourceManager { get; init; } = new("https://management.azure.com");

    /// <summary>Plans are logged, nothing is changed.</summary>
    public bool DryRun { get; init; }

    /// <summary>Whose "today" decides what is current and due.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>The tracks whose settings are right.</summary>
    public IReadOnlyList<Track> Tracks { get; init; } = [];

    /// <summary>The tracks that are off, by name, with what is wrong with each.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> TracksOff { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with the settings that all tracks share; with any, nothing runs.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>What is wrong with the settings that the Functions host fills in for the app; a verb needs none of them.</summary>
    public IReadOnlyList<string> HostProblems { get; init; } = [];

    /// <summary>With any of these the function app refuses to do anything.</summary>
    public IReadOnlyList<string> AppProblems => [.. Problems, .. HostProblems];

    public Track? FindTrack(string name) => Tracks.FirstOrDefault(track => string.Equals(track.Name, name, StringComparison.OrdinalIgnoreCase));

    public DateOnly Today(DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, TimeZone).DateTime);

    // A record's own text would print every member.
    public override string ToString() => $"{Tracks.Count} tracks, {TracksOff.Count} off";
}

/// <summary>Classes, not records: their text must not show a secret.</summary>
public sealed class BoardsSettings
{
    /// <summary>Without a trailing slash.</summary>
    public required Uri BaseUrl { get; init; }

    public required string Organization { get; init; }

    /// <summary>Null: the Microsoft Entra token of the managed identity.</summary>
    public string? PersonalAccessToken { get; init; }
}

public sealed class PlanetScaleSettings
{
    /// <summary>With the API's version, without a trailing slash.</summary>
    public required Uri BaseUrl { get; init; }

    public required string Organization { get; init; }

    public required string ServiceTokenId { get; init; }

    public required string ServiceToken { get; init; }

    /// <summary>Null: learned from the first branch that is created.</summary>
    public string? ActorId { get; init; }
}

public sealed class KeyVaultSettings
{
    public required Uri Uri { get; init; }

    /// <summary>Only with a loopback address: the check keeps tokens from look-alike hosts.</summary>
    public bool DisableChallengeResourceVerification { get; init; }

    /// <summary>A policy counts by the vault's clock, which may be behind ours.</summary>
    public static readonly TimeSpan ClockMargin = TimeSpan.FromHours(1);

    /// <summary>
    /// The longest time for which a secret, and the credential in it, is valid: the whole days that are set, less
    /// <see cref="ClockMargin"/>. What is needed for longer is renewed.
    /// </summary>
    public TimeSpan MaximumValidity { get; init; } = TimeSpan.FromDays(90) - ClockMargin;

    /// <summary>A PEM file with the certificate authority that this client alone trusts; only with a loopback address.</summary>
    public string? CaFile { get; init; }
}

public sealed class StorageSettings
{
    /// <summary>Null: identity.</summary>
    public string? ConnectionString { get; init; }

    public Uri? QueueServiceUri { get; init; }

    public Uri? BlobServiceUri { get; init; }

    /// <summary>A user-assigned one; null: the app's.</summary>
    public ManagedIdentityId? Identity { get; init; }

    public required string QueueName { get; init; }

    /// <summary>Of a track's lease, from each proof on; renewed at a third of it while it is held. The storage account takes 15 to 60 seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(60);
}

public sealed class ServiceHookSettings
{
    public required string Username { get; init; }

    /// <summary>Null: hooks are off.</summary>
    public string? Password { get; init; }

    /// <summary>Accepted beside <see cref="Password"/> while it is being changed; null otherwise.</summary>
    public string? PreviousPassword { get; init; }
}
