using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>The template's app settings against the names that the app reads.</summary>
public sealed class SettingsTests
{
    private const string Sandbox = "it is for the sandbox, and refused anywhere else";

    /// <summary>Settings of the app that a deployment has no use for, and why.</summary>
    private const string Identity = "the client id names the identity, and the host takes one name alone";

    private static readonly Dictionary<string, string> s_notDeployed = new(StringComparer.Ordinal)
    {
        ["KeyVault__DisableChallengeResourceVerification"] = Sandbox,
        ["KeyVault__CaFile"] = Sandbox,
        ["AzureWebJobsStorage"] = "a connection string has a key, and the account takes none; set beside the identity's settings it would win over them",
        ["AzureWebJobsStorage__queueServiceUri"] = "the account's name says it",
        ["AzureWebJobsStorage__blobServiceUri"] = "the account's name says it; instead of the name it is what hosts fail to start with now and then",
        ["AzureWebJobsStorage__managedIdentityResourceId"] = Identity,
        ["AzureWebJobsStorage__managedIdentityObjectId"] = Identity,
    };

    /// <summary>Settings of others, and who reads them.</summary>
    private static readonly Dictionary<string, string> s_ofOthers = new(StringComparer.Ordinal)
    {
        ["AZURE_CLIENT_ID"] = "AppIdentity: which of the identities is the app's",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "the Functions host",
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "the Functions host",
    };

    /// <summary>By setting, the name of the secret in the settings vault.</summary>
    private static readonly Dictionary<string, string> s_secrets = new(StringComparer.Ordinal)
    {
        ["PlanetScale__ServiceToken"] = "planetscale-service-token",
        ["ServiceHook__Password"] = "service-hook-password",
        ["ServiceHook__PreviousPassword"] = "service-hook-previous-password",
        ["Boards__PersonalAccessToken"] = "boards-personal-access-token",
    };

    private static readonly (string, string)[] s_everything =
        [("boardsPersonalAccessToken", "true"), ("serviceHookPreviousPassword", "true"), ("planetScaleActorId", "'actor'")];

    [Fact]
    public void Every_setting_that_the_app_reads_is_set_and_what_is_set_is_read()
    {
        var set = new DeployedSettings(s_everything).Values.Keys.Where(name => !name.StartsWith("Track", StringComparison.Ordinal));

        Assert.Equal(
            SettingsLoader.Names.Except(s_notDeployed.Keys).Concat(s_ofOthers.Keys).Order(StringComparer.Ordinal),
            set.Order(StringComparer.Ordinal));
        Assert.All(s_notDeployed.Keys, name => Assert.Contains(name, SettingsLoader.Names));
        Assert.Contains("\"AZURE_CLIENT_ID\"", Repository.Code, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_of_a_track_and_of_all_tracks_gets_through_by_its_name()
    {
        var one = string.Join('\n', TrackReader.Names().Select(name => $"    {name}: '{name}'"));

        var set = new DeployedSettings(("tracks", $"{{\n  any: {{\n{one}\n  }}\n}}"), ("trackDefaults", $"{{\n{one}\n}}")).Values
            .Where(setting => setting.Key.StartsWith("Track", StringComparison.Ordinal)).ToDictionary();

        Assert.Equal(
            TrackReader.Names().SelectMany(name => new[] { ($"Tracks__any__{name}", name), ($"TrackDefaults__{name}", name) }).Order(),
            set.Select(setting => (setting.Key, setting.Value)).Order());
    }

    [Fact]
    public void The_example_parameters_are_settings_that_the_app_takes()
    {
        var settings = SettingsLoader.Load(new DeployedSettings().Resolved(secret => $"value-of-{secret}").ToConfiguration());

        Assert.Empty(settings.Problems);
        Assert.Empty(settings.TracksOff);
        Assert.True(settings.DryRun);
        Assert.Equal(["billing", "orders"], settings.Tracks.Select(track => track.Name).Order());
        var (billing, orders) = (settings.FindTrack("billing")!, settings.FindTrack("orders")!);
        Assert.Equal((Retirement.Revoke, Retirement.Keep), (billing.Retire, orders.Retire));
        Assert.Equal(("Billing", "Orders", TimeSpan.FromDays(3)), (billing.IterationRoot, orders.Team, orders.LeadTime!.Value));
        Assert.Equal("https://kvr-itbranches-abc123.vault.azure.net/", settings.KeyVault.Uri.AbsoluteUri);
        Assert.Equal("value-of-planetscale-service-token", settings.PlanetScale.ServiceToken);
        Assert.Equal("https://stitbranchesabc123.queue.core.windows.net/", settings.Storage.QueueServiceUri!.AbsoluteUri);
        Assert.Equal((null, "provision-branch"), (settings.Boards.PersonalAccessToken, settings.Storage.QueueName));
    }

    [Fact]
    public void Without_service_hooks_and_with_everything_the_app_takes_them_too()
    {
        var without = new DeployedSettings(("serviceHooks", "false"), ("serviceHookPreviousPassword", "true"));
        var all = SettingsLoader.Load(new DeployedSettings(s_everything).Resolved(secret => $"value-of-{secret}").ToConfiguration());

        Assert.DoesNotContain(without.Values.Keys, name => name is "ServiceHook__Password" or "ServiceHook__PreviousPassword");
        Assert.Empty(SettingsLoader.Load(without.Resolved(_ => "a-token").ToConfiguration()).Problems);
        Assert.Empty(all.Problems);
        Assert.Equal(
            ("value-of-service-hook-password", "value-of-service-hook-previous-password", "value-of-boards-personal-access-token", "actor"),
            (all.ServiceHook.Password, all.ServiceHook.PreviousPassword, all.Boards.PersonalAccessToken, all.PlanetScale.ActorId));
    }

    [Fact]
    public void A_secret_is_set_as_a_reference_to_the_settings_vault_and_nothing_else_is()
    {
        var references = new DeployedSettings(s_everything).Values
            .Where(setting => setting.Value.StartsWith("@Microsoft.KeyVault", StringComparison.Ordinal))
            .ToDictionary(setting => setting.Key, setting => DeployedSettings.Reference().Match(setting.Value).Groups["secret"].Value);

        Assert.Equal(s_secrets, references);
    }

    [Fact]
    public void No_template_takes_a_secret_or_asks_for_a_key()
    {
        foreach (var (path, file) in Repository.Templates)
        {
            Assert.DoesNotContain(file.Of("param"), parameter => parameter.Decorators.Any(decorator => decorator.StartsWith("secure(", StringComparison.Ordinal)));
            Assert.DoesNotContain(file.Of("resource"), resource => resource.Head.Contains("vaults/secrets", StringComparison.OrdinalIgnoreCase));
            var text = File.ReadAllText(Path.Combine(Repository.Root, "infra", path));
            Assert.All(["listKeys", "listAccountSas", "getSecret(", "AccountKey"], word => Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase));
        }

        Assert.DoesNotContain(Repository.Example.Of("param"), parameter => parameter.Name.Contains("Password", StringComparison.OrdinalIgnoreCase) || parameter.Name.EndsWith("ServiceToken", StringComparison.Ordinal));
    }

    [Fact]
    public void The_defaults_of_the_parameters_are_those_of_the_app_and_a_deployment_changes_nothing_at_first()
    {
        var deployed = SettingsLoader.Load(new DeployedSettings(("boardsTimeZone", "'UTC'")).Resolved(_ => "sixteen-characters").ToConfiguration());
        var bare = SettingsLoader.Load(new Dictionary<string, string?>().ToConfiguration());

        Assert.Equal(
            (bare.Boards.BaseUrl, bare.PlanetScale.BaseUrl, bare.ResourceManager, bare.ServiceHook.Username, bare.Storage.QueueName, bare.Storage.LeaseDuration, bare.TimeZone),
            (deployed.Boards.BaseUrl, deployed.PlanetScale.BaseUrl, deployed.ResourceManager, deployed.ServiceHook.Username, deployed.Storage.QueueName, deployed.Storage.LeaseDuration, deployed.TimeZone));
        Assert.Equal("true", Repository.Main["param", "dryRun"].Value!.Source);
        Assert.Equal("true", Repository.Example["param", "dryRun"].Value!.Source);
        using var example = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "local.settings.example.json")));
        Assert.Equal(example.RootElement.GetProperty("Values").GetProperty("PollSchedule").GetString(), Repository.Main["param", "pollSchedule"].Value!.Literal);
    }

    [Fact]
    public void A_function_that_is_disabled_is_off_by_the_host_s_own_setting()
    {
        var settings = new DeployedSettings(("disabledFunctions", "['PollIterations', 'ProvisionBranch']")).Values;

        Assert.Equal("true", settings["AzureWebJobs.PollIterations.Disabled"]);
        Assert.Equal("true", settings["AzureWebJobs.ProvisionBranch.Disabled"]);
        Assert.DoesNotContain("AzureWebJobs.ReceiveServiceHook.Disabled", settings.Keys);
    }
}
