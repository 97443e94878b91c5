using System.Text.RegularExpressions;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>Reads and checks all settings. It never throws: what is wrong is in <see cref="Settings.Problems"/> and <see cref="Settings.TracksOff"/>.</summary>
public static partial class SettingsLoader
{
    internal const int ShortestPassword = 16;

    private static readonly Uri s_azureDevOps = new("https://dev.azure.com");

    // %PollSchedule% and %ProvisionQueueName% in the bindings.
    private static readonly string[] s_ofHost = ["PollSchedule", "ProvisionQueueName"];

    public static Settings Load(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        var (tracks, off) = TrackReader.Read(configuration);
        var settings = new Settings
        {
            Boards = ReadBoards(reader),
            PlanetScale = ReadPlanetScale(reader),
            KeyVault = ReadKeyVault(reader),
            Storage = ReadStorage(reader),
            ServiceHook = ReadServiceHook(reader),
            ResourceManager = reader.Address("ResourceManager__BaseUrl") ?? new("https://management.azure.com"),
            DryRun = reader.Flag("DryRun"),
            TimeZone = ReadTimeZone(reader),
            Tracks = tracks,
            TracksOff = off,
            MissingForHost = [.. s_ofHost.Where(name => string.IsNullOrWhiteSpace(configuration[name]))],
        };
        foreach (var section in new[] { "Boards", "PlanetScale", "KeyVault", "ServiceHook", "ResourceManager" })
        {
            ReportUnknown(configuration.GetSection(section), reader);
        }

        var ofTracks = TrackReader.Names();
        foreach (var child in configuration.GetSection(SettingsReader.Defaults).GetChildren().Where(child => !ofTracks.Contains(child.Key)))
        {
            reader.Wrong($"{SettingsReader.Defaults}__{child.Key}", $"is not a setting; the settings here are {string.Join(", ", ofTracks.Order(StringComparer.Ordinal))}");
        }

        if (tracks.Count + off.Count == 0)
        {
            reader.Wrong("Tracks", "there is none; set Tracks__NAME__Project, Tracks__NAME__Database and Tracks__NAME__Retire for each team and database");
        }

        return settings with { Problems = reader.Problems };
    }

    /// <summary>Every setting that is not a track's, by its environment name.</summary>
    internal static IReadOnlySet<string> Names { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "AzureWebJobsStorage", "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__queueServiceUri", "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "PollSchedule", "ProvisionQueueName",
        "Boards__BaseUrl", "Boards__Organization", "Boards__PersonalAccessToken", "Boards__TimeZone",
        "PlanetScale__BaseUrl", "PlanetScale__Organization", "PlanetScale__ServiceTokenId", "PlanetScale__ServiceToken", "PlanetScale__ActorId",
        "KeyVault__Uri", "KeyVault__DisableChallengeResourceVerification", "KeyVault__CaFile", "KeyVault__MaximumValidity",
        "ServiceHook__Username", "ServiceHook__Password", "ServiceHook__PreviousPassword",
        "ResourceManager__BaseUrl", "DryRun", "LeaseDuration",
    };

    private static BoardsSettings ReadBoards(SettingsReader reader) => new()
    {
        BaseUrl = reader.Address("Boards__BaseUrl") ?? s_azureDevOps,
        Organization = ReadOrganization(reader),
        PersonalAccessToken = reader.Text("Boards__PersonalAccessToken"),
    };

    private static string ReadOrganization(SettingsReader reader) =>
        reader.Required("Boards__Organization", "the organization's name, as in https://dev.azure.com/{organization}");

    private static PlanetScaleSettings ReadPlanetScale(SettingsReader reader) => new()
    {
        BaseUrl = reader.Address("PlanetScale__BaseUrl") ?? new("https://api.planetscale.com/v1"),
        Organization = reader.Required("PlanetScale__Organization", "the organization's name, as in https://app.planetscale.com/{organization}"),
        ServiceTokenId = reader.Required("PlanetScale__ServiceTokenId", "the id of a service token that is this product's alone"),
        ServiceToken = reader.Required("PlanetScale__ServiceToken", "the service token itself, in Azure as a Key Vault reference"),
        ActorId = reader.Text("PlanetScale__ActorId"),
    };

    private static KeyVaultSettings ReadKeyVault(SettingsReader reader)
    {
        reader.Required("KeyVault__Uri", "the vault's address, https://NAME.vault.azure.net");
        var settings = new KeyVaultSettings
        {
            Uri = reader.Address("KeyVault__Uri") ?? new("https://localhost"),
            DisableChallengeResourceVerification = reader.Flag("KeyVault__DisableChallengeResourceVerification"),
            CaFile = reader.Text("KeyVault__CaFile"),
            MaximumValidity = reader.Days("KeyVault__MaximumValidity", TimeSpan.FromDays(90), least: 2),
        };
        if (settings.Uri.Scheme != "https")
        {
            reader.Wrong("KeyVault__Uri", "must begin with https://; the Key Vault client sends no token otherwise");
        }

        if (settings.DisableChallengeResourceVerification && !settings.Uri.IsLoopback)
        {
            reader.Wrong("KeyVault__DisableChallengeResourceVerification", "is only for a vault on this machine (the sandbox): without the check, a look-alike host gets the app's token");
        }

        if (settings.CaFile is not null && !settings.Uri.IsLoopback)
        {
            reader.Wrong("KeyVault__CaFile", "is only for a vault on this machine (the sandbox)");
        }
        else if (settings.CaFile is not null && !File.Exists(settings.CaFile))
        {
            reader.Wrong("KeyVault__CaFile", "must be the path of a PEM file; there is no file at the one that is set");
        }

        return settings;
    }

    private static StorageSettings ReadStorage(SettingsReader reader)
    {
        var connectionString = reader.Text("AzureWebJobsStorage");
        var account = reader.Text("AzureWebJobsStorage__accountName");
        if (account is not null && !AccountName().IsMatch(account))
        {
            reader.Wrong("AzureWebJobsStorage__accountName", "must be a storage account's name, 3 to 24 lower-case letters and digits");
            account = null;
        }

        var queues = reader.Address("AzureWebJobsStorage__queueServiceUri") ?? ServiceUri(account, "queue");
        var blobs = reader.Address("AzureWebJobsStorage__blobServiceUri") ?? ServiceUri(account, "blob");
        if (connectionString is null && (queues is null || blobs is null))
        {
            reader.Wrong("AzureWebJobsStorage", "is missing; set it to a connection string, or AzureWebJobsStorage__accountName (or __queueServiceUri and __blobServiceUri) for a managed identity");
        }

        if (connectionString is not null && !IsConnectionString(connectionString))
        {
            reader.Wrong("AzureWebJobsStorage", "must be the connection string of a storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…)");
        }

        if (reader.Text("AzureWebJobsStorage__credential") is { } credential && !string.Equals(credential, "managedidentity", StringComparison.OrdinalIgnoreCase))
        {
            reader.Wrong("AzureWebJobsStorage__credential", "must be managedidentity");
        }

        // A verb may do without; the Functions host may not.
        var queueName = reader.Text("ProvisionQueueName") ?? "provision-branch";
        if (!QueueName().IsMatch(queueName) || queueName.EndsWith("-poison", StringComparison.Ordinal))
        {
            reader.Wrong("ProvisionQueueName", "must be 3 to 56 lower-case letters, digits and single hyphens, and not end with -poison");
        }

        return new()
        {
            ConnectionString = connectionString,
            QueueServiceUri = queues,
            BlobServiceUri = blobs,
            ClientId = reader.Text("AzureWebJobsStorage__clientId"),
            QueueName = queueName,
            LeaseDuration = reader.Seconds("LeaseDuration", TimeSpan.FromSeconds(60), least: 15, most: 60),
        };

        static Uri? ServiceUri(string? account, string service) => account is null ? null : new($"https://{account}.{service}.core.windows.net");
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new QueueServiceClient(text);
            return true;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            return false;
        }
    }

    private static ServiceHookSettings ReadServiceHook(SettingsReader reader)
    {
        var settings = new ServiceHookSettings
        {
            Username = reader.Text("ServiceHook__Username") ?? "azure-devops",
            Password = reader.Text("ServiceHook__Password"),
            PreviousPassword = reader.Text("ServiceHook__PreviousPassword"),
        };
        if (settings.Password is { Length: < ShortestPassword })
        {
            reader.Wrong("ServiceHook__Password", $"must be at least {ShortestPassword} characters: it guards a door to the internet");
        }

        if (settings.PreviousPassword is { Length: < ShortestPassword })
        {
            reader.Wrong("ServiceHook__PreviousPassword", $"must be at least {ShortestPassword} characters: it opens the same door");
        }

        if (settings.Password is null && settings.PreviousPassword is not null)
        {
            reader.Wrong("ServiceHook__PreviousPassword", "stands alone; it is accepted beside ServiceHook__Password");
        }

        return settings;
    }

    private static TimeZoneInfo ReadTimeZone(SettingsReader reader)
    {
        if (reader.Text("Boards__TimeZone") is not { } name)
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }

        reader.Wrong("Boards__TimeZone", $"must be an IANA name such as Europe/Berlin that is known here{SettingsReader.Not(name)}");
        return TimeZoneInfo.Utc;
    }

    private static void ReportUnknown(IConfigurationSection section, SettingsReader reader)
    {
        foreach (var name in section.GetChildren().Select(child => $"{section.Key}__{child.Key}").Where(name => !Names.Contains(name)))
        {
            reader.Wrong(name, $"is not a setting; the settings here are {string.Join(", ", Names.Where(known => known.StartsWith(section.Key + "__", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))}");
        }
    }

    [GeneratedRegex("^[a-z0-9]{3,24}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AccountName();

    [GeneratedRegex("^[a-z0-9](-?[a-z0-9]){2,55}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QueueName();
}
