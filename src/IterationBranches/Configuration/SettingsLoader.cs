using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Identity;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Configuration;

/// <summary>Reads and checks all settings. It never throws: what is wrong is in <see cref="Settings.Problems"/> and <see cref="Settings.TracksOff"/>.</summary>
public static partial class SettingsLoader
{
    internal const int ShortestPassword = 16;

    private static readonly Uri s_azureDevOps = new("https://dev.azure.com");

    private const string AzureDevOpsHost = "dev.azure.com";

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
            ResourceManager = ReadResourceManager(reader),
            DryRun = reader.Flag("DryRun"),
            TimeZone = ReadTimeZone(reader),
            Tracks = tracks,
            TracksOff = off,
            HostProblems = ReadHost(new SettingsReader(configuration)),
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
        "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId", "AzureWebJobsStorage__managedIdentityResourceId", "AzureWebJobsStorage__managedIdentityObjectId",
        "PollSchedule", "ProvisionQueueName",
        "Boards__BaseUrl", "Boards__Organization", "Boards__PersonalAccessToken", "Boards__TimeZone",
        "PlanetScale__BaseUrl", "PlanetScale__Organization", "PlanetScale__ServiceTokenId", "PlanetScale__ServiceToken", "PlanetScale__ActorId",
        "KeyVault__Uri", "KeyVault__DisableChallengeResourceVerification", "KeyVault__CaFile", "KeyVault__MaximumValidity",
        "ServiceHook__Username", "ServiceHook__Password", "ServiceHook__PreviousPassword",
        "ResourceManager__BaseUrl", "DryRun", "LeaseDuration",
    };

    /// <summary>%PollSchedule% and %ProvisionQueueName% in the bindings: what is wrong with them for the Functions host, where a verb may do without.</summary>
    private static IReadOnlyList<string> ReadHost(SettingsReader reader)
    {
        if (Required("PollSchedule") is { } schedule && !TimerSchedule.IsRight(schedule))
        {
            reader.Wrong("PollSchedule", $"must be six fields of NCRONTAB, as 20 */5 * * * * for every five minutes; with another text the Functions host never starts the timer{SettingsReader.Not(schedule)}");
        }

        Required("ProvisionQueueName");
        return reader.Problems;

        string? Required(string name)
        {
            var problems = reader.Problems.Count;
            var value = reader.Text(name);
            if (value is null && reader.Problems.Count == problems)
            {
                reader.Wrong(name, "is missing; the Functions host has no default for it, and does not start the function that needs it");
            }

            return value;
        }
    }

    private static BoardsSettings ReadBoards(SettingsReader reader)
    {
        var address = ReadBoardsAddress(reader);
        return new()
        {
            BaseUrl = address,
            Organization = ReadOrganization(reader, address),
            PersonalAccessToken = reader.Token("Boards__PersonalAccessToken"),
        };
    }

    private static Uri ReadBoardsAddress(SettingsReader reader)
    {
        var address = reader.Address("Boards__BaseUrl") ?? s_azureDevOps;
        if (address.Host.EndsWith(".visualstudio.com", StringComparison.Ordinal) || (address.Host == AzureDevOpsHost && address.AbsolutePath != "/"))
        {
            reader.Wrong("Boards__BaseUrl", "must be https://dev.azure.com alone; the organization goes into Boards__Organization");
        }

        return address;
    }

    private static string ReadOrganization(SettingsReader reader, Uri service) => reader.Required(
        "Boards__Organization", "the organization's name, as in https://dev.azure.com/{organization}",
        name => reader.Normal(name, "must be the organization's name, as in https://dev.azure.com/{organization}", text => NormalForms.BoardsOrganization(text, service)));

    private static PlanetScaleSettings ReadPlanetScale(SettingsReader reader)
    {
        var address = reader.Address("PlanetScale__BaseUrl") ?? new("https://api.planetscale.com/v1");
        if (!ApiVersion().IsMatch(address.AbsolutePath))
        {
            reader.Wrong("PlanetScale__BaseUrl", "must end with the API's version, as https://api.planetscale.com/v1");
        }

        return new()
        {
            BaseUrl = address,
            Organization = reader.Required(
                "PlanetScale__Organization", "the organization's name, as in https://app.planetscale.com/{organization}",
                name => reader.Normal(name, "must be the organization's name, as in https://app.planetscale.com/{organization}", NormalForms.PlanetScaleOrganization)),
            ServiceTokenId = reader.Required("PlanetScale__ServiceTokenId", "the id of a service token that is this product's alone", reader.Token),
            ServiceToken = reader.Required("PlanetScale__ServiceToken", "the service token itself, in Azure as a Key Vault reference", reader.Token),
            ActorId = reader.Token("PlanetScale__ActorId"),
        };
    }

    private static KeyVaultSettings ReadKeyVault(SettingsReader reader)
    {
        reader.Required("KeyVault__Uri", "the vault's address, https://NAME.vault.azure.net");
        var settings = new KeyVaultSettings
        {
            Uri = reader.Address("KeyVault__Uri") ?? new("https://localhost"),
            DisableChallengeResourceVerification = reader.Flag("KeyVault__DisableChallengeResourceVerification"),
            CaFile = reader.Text("KeyVault__CaFile"),
            MaximumValidity = reader.Days("KeyVault__MaximumValidity", TimeSpan.FromDays(90), least: 2) - KeyVaultSettings.ClockMargin,
        };
        if (settings.Uri.Scheme != "https")
        {
            reader.Wrong("KeyVault__Uri", "must begin with https://; the Key Vault client sends no token otherwise");
        }

        if (settings.Uri.AbsolutePath != "/")
        {
            reader.Wrong("KeyVault__Uri", "must be the vault's address alone, https://NAME.vault.azure.net; what has a path is one of its secrets");
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

        if (connectionString is not null && WhyNoConnection(connectionString) is { } reason)
        {
            reader.Wrong("AzureWebJobsStorage", $"must be the connection string of a storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…){reason}");
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
            Identity = ReadStorageIdentity(reader),
            QueueName = queueName,
            LeaseDuration = reader.Seconds("LeaseDuration", TimeSpan.FromSeconds(60), least: 15, most: 60),
        };

        static Uri? ServiceUri(string? account, string service) => account is null ? null : new($"https://{account}.{service}.core.windows.net");
    }

    /// <returns>Null: the clients of queues and of blobs can be made of it.</returns>
    private static string? WhyNoConnection(string text)
    {
        try
        {
            _ = new QueueServiceClient(text);
            return Lacks("QueueEndpoint") ? "; it has no QueueEndpoint, and the app has a queue" : Lacks("BlobEndpoint") ? "; it has no BlobEndpoint, and the app has blobs" : null;
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException or InvalidOperationException)
        {
            return "";
        }

        // Without an account's name the addresses are written out, and one of them may be missing.
        bool Lacks(string endpoint) => !text.Split(';').Select(part => part.Split('=')[0].Trim())
            .Any(name => new[] { endpoint, "AccountName", "UseDevelopmentStorage" }.Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>As the Functions host reads it, which takes one of these at most.</summary>
    private static ManagedIdentityId? ReadStorageIdentity(SettingsReader reader)
    {
        const string prefix = "AzureWebJobsStorage__";
        var client = reader.Token($"{prefix}clientId");
        var theObject = reader.Token($"{prefix}managedIdentityObjectId");
        var resource = reader.Text($"{prefix}managedIdentityResourceId");
        if (resource is not null && !IdentityResource().IsMatch(resource))
        {
            reader.Wrong($"{prefix}managedIdentityResourceId", "must be a resource id such as /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME");
            return null;
        }

        if (new[] { client, theObject, resource }.Count(id => id is not null) > 1)
        {
            reader.Wrong($"{prefix}clientId", $"cannot stand beside {prefix}managedIdentityResourceId or {prefix}managedIdentityObjectId: each names the identity");
        }

        return resource is not null ? ManagedIdentityId.FromUserAssignedResourceId(new ResourceIdentifier(resource))
            : theObject is not null ? ManagedIdentityId.FromUserAssignedObjectId(theObject)
            : client is not null ? ManagedIdentityId.FromUserAssignedClientId(client)
            : null;
    }

    private static Uri ReadResourceManager(SettingsReader reader)
    {
        var address = reader.Address("ResourceManager__BaseUrl") ?? new("https://management.azure.com");
        if (address.AbsolutePath != "/")
        {
            reader.Wrong("ResourceManager__BaseUrl", "must end with the host, as https://management.azure.com");
        }

        return address;
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

    [GeneratedRegex("/v[0-9]+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApiVersion();

    [GeneratedRegex("^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.ManagedIdentity/userAssignedIdentities/[^/]+$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdentityResource();

    [GeneratedRegex("^[a-z0-9](-?[a-z0-9]){2,55}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QueueName();
}
