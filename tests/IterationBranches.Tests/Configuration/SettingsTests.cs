using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Configuration;

public sealed class SettingsTests
{
    [Fact]
    public void The_working_settings_have_no_problems_and_the_documented_defaults()
    {
        var settings = Load([]);

        Assert.Empty(settings.Problems);
        Assert.Empty(settings.TracksOff);
        Assert.Equal(("https://dev.azure.com/", "https://api.planetscale.com/v1", "https://management.azure.com/"), (settings.Boards.BaseUrl.AbsoluteUri, settings.PlanetScale.BaseUrl.AbsoluteUri, settings.ResourceManager.AbsoluteUri));
        Assert.Equal(("azure-devops", "provision-branch", TimeSpan.FromMinutes(1), false, TimeZoneInfo.Utc), (settings.ServiceHook.Username, settings.Storage.QueueName, settings.Storage.LeaseDuration, settings.DryRun, settings.TimeZone));
        var track = Assert.Single(settings.Tracks);
        Assert.Equal(("orders", "Meridian", "Payments", "shop", Retirement.Keep), (track.Name, track.Project, track.Team, track.Database, track.Retire));
        Assert.Equal(("{iteration}", TimeSpan.FromDays(3), TimeSpan.FromDays(7), TimeSpan.FromDays(7)), (track.BranchName, track.LeadTime!.Value, track.Grace, track.RotationGrace));
        Assert.Equal((CredentialRole.Admin, SecretFormat.AdoNet, "ConnectionStrings--orders"), (track.Role, track.SecretFormat, track.Alias));
        Assert.Equal(((string?)null, (string?)null, 0, 0, 0), (track.ParentBranch, track.IterationRoot, track.AllowedCidrs.Count, track.GitBranches.Count, track.RefreshSites.Count));
    }

    [Fact]
    public void Every_setting_of_a_track_is_read()
    {
        var settings = Load(new()
        {
            ["Tracks__orders__Team"] = null,
            ["Tracks__orders__IterationRoot"] = "/Release 5/",
            ["Tracks__orders__ParentBranch"] = "develop",
            ["Tracks__orders__BranchName"] = "{track}-{iteration}",
            ["Tracks__orders__LeadTime"] = "always",
            ["Tracks__orders__Grace"] = "14",
            ["Tracks__orders__RotationGrace"] = "2.00:00:00",
            ["Tracks__orders__Role"] = "readwriter",
            ["Tracks__orders__AllowedCidrs"] = "203.0.113.0/24, 2001:db8::/32",
            ["Tracks__orders__SecretFormat"] = "Prisma",
            ["Tracks__orders__Alias"] = "shop-database",
            ["Tracks__orders__Retire"] = "Delete",
            ["Tracks__orders__GitBranches__0"] = "release/*",
            ["Tracks__orders__GitBranches__1"] = "sprint/*",
            ["Tracks__orders__RefreshSites"] = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/web/slots/staging",
        });

        Assert.Empty(settings.TracksOff);
        var track = Assert.Single(settings.Tracks);
        Assert.Equal(("Release 5", "develop", "{track}-{iteration}", (TimeSpan?)null), (track.IterationRoot, track.ParentBranch, track.BranchName, track.LeadTime));
        Assert.Equal((TimeSpan.FromDays(14), TimeSpan.FromDays(2), CredentialRole.ReadWriter, SecretFormat.Prisma, "shop-database", Retirement.Delete), (track.Grace, track.RotationGrace, track.Role, track.SecretFormat, track.Alias, track.Retire));
        Assert.Equal(["203.0.113.0/24", "2001:db8::/32"], track.AllowedCidrs);
        Assert.Equal(["release/*", "sprint/*"], track.GitBranches);
        Assert.Single(track.RefreshSites);
    }

    [Theory]
    [InlineData("15", 15)]
    [InlineData("00:00:30", 30)]
    [InlineData("00:01:00", 60)]
    public void The_duration_of_a_lease_is_whole_seconds_in_either_form(string value, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Load(new() { ["LeaseDuration"] = value }).Storage.LeaseDuration);

    [Theory]
    [InlineData("Boards__Organization", "", "is missing")]
    [InlineData("Boards__BaseUrl", "dev.azure.com", "must be an address that begins with https://")]
    [InlineData("Boards__BaseUrl", "http://dev.azure.com", "must begin with https:// (http is for an address on this machine alone)")]
    [InlineData("Boards__TimeZone", "Europe/Bärlin", "must be an IANA name such as Europe/Berlin that is known here, not 'Europe/Bärlin'")]
    [InlineData("Boards__Organisation", "contoso", "is not a setting; the settings here are Boards__BaseUrl, Boards__Organization, ")]
    [InlineData("PlanetScale__BaseUrl", "ftp://api.planetscale.com", "must be an address that begins with https://")]
    [InlineData("PlanetScale__Organization", " ", "is missing")]
    [InlineData("PlanetScale__ServiceTokenId", "", "is missing")]
    [InlineData("PlanetScale__ServiceToken", null, "is missing")]
    [InlineData("PlanetScale__ServiceToken", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/t)", "still reads @Microsoft.KeyVault(…): the reference is not resolved")]
    [InlineData("PlanetScale__Token", "x", "is not a setting")]
    [InlineData("KeyVault__Uri", null, "is missing")]
    [InlineData("KeyVault__Uri", "contoso", "must be an address that begins with https://")]
    [InlineData("KeyVault__Uri", "http://127.0.0.1:1234", "must begin with https://; the Key Vault client sends no token otherwise")]
    [InlineData("KeyVault__DisableChallengeResourceVerification", "true", "is only for a vault on this machine (the sandbox)")]
    [InlineData("KeyVault__DisableChallengeResourceVerification", "yes", "must be true or false")]
    [InlineData("KeyVault__CaFile", "ca.pem", "is only for a vault on this machine (the sandbox)")]
    [InlineData("AzureWebJobsStorage", "", "is missing; set it to a connection string, or AzureWebJobsStorage__accountName")]
    [InlineData("AzureWebJobsStorage", "AccountName=contoso", "must be the connection string of a storage account")]
    [InlineData("AzureWebJobsStorage__accountName", "my account", "must be a storage account's name")]
    [InlineData("AzureWebJobsStorage__credential", "secret", "must be managedidentity")]
    [InlineData("AzureWebJobsStorage__queueServiceUri", "queue", "must be an address that begins with https://")]
    [InlineData("LeaseDuration", "14", "must be a whole number of seconds from 15 to 60 (60, or 00:01:00), not '14'")]
    [InlineData("LeaseDuration", "00:01:01", "must be a whole number of seconds from 15 to 60")]
    [InlineData("LeaseDuration", "00:00:20.5", "must be a whole number of seconds from 15 to 60")]
    [InlineData("LeaseDuration", "soon", "must be a whole number of seconds from 15 to 60")]
    [InlineData("ProvisionQueueName", "Provision", "must be 3 to 56 lower-case letters")]
    [InlineData("ProvisionQueueName", "a--b", "must be 3 to 56 lower-case letters")]
    [InlineData("ProvisionQueueName", "provision-poison", "must be 3 to 56 lower-case letters")]
    [InlineData("ServiceHook__Password", "fifteen-letters", "must be at least 16 characters")]
    [InlineData("ServiceHook__PreviousPassword", "fifteen-letters", "must be at least 16 characters")]
    [InlineData("ServiceHook__User", "x", "is not a setting")]
    [InlineData("ResourceManager__BaseUrl", "http://management.azure.com", "must begin with https://")]
    [InlineData("ResourceManager__Url", "https://x", "is not a setting")]
    [InlineData("DryRun", "1", "must be true or false")]
    [InlineData("TrackDefaults__Grase", "3", "is not a setting; the settings here are Alias, ")]
    public void A_wrong_setting_that_all_share_is_named_exactly_and_once(string name, string? value, string problem)
    {
        var settings = Load(new() { [name] = value });

        var said = Assert.Single(settings.Problems);
        Assert.StartsWith($"{name}: {problem}", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Project", "", "is missing; it must be the name or id of the Azure DevOps project")]
    [InlineData("Database", null, "is missing; it must be the name of the PlanetScale database")]
    [InlineData("Database", "@microsoft.keyvault(VaultName=v;SecretName=d)", "still reads @Microsoft.KeyVault(…)")]
    [InlineData("Retire", null, "is missing; it must be Keep, Revoke or Delete, ")]
    [InlineData("Retire", "Drop", "must be one of Keep, Revoke, Delete, not 'Drop'")]
    [InlineData("Retire", "2", "must be one of Keep, Revoke, Delete, not '2'")]
    [InlineData("Retire", "@Microsoft.KeyVault(x)", "still reads @Microsoft.KeyVault(…)")]
    [InlineData("BranchName", "sprint", "must contain {iteration}")]
    [InlineData("BranchName", "{iteration}-{team}", "must contain {iteration} and may contain {track}, nothing else in braces")]
    [InlineData("LeadTime", "soon", "must be a whole number of days from 0 to 366")]
    [InlineData("LeadTime", "@Microsoft.KeyVault(x)", "still reads @Microsoft.KeyVault(…)")]
    [InlineData("LeadTime", "12:00:00", "must be a whole number of days")]
    [InlineData("Grace", "-1", "must be a whole number of days")]
    [InlineData("Grace", "367", "must be a whole number of days")]
    [InlineData("RotationGrace", "a week", "must be a whole number of days")]
    [InlineData("Role", "owner", "must be one of Admin, Reader, Writer, ReadWriter, not 'owner'")]
    [InlineData("AllowedCidrs", "203.0.113.0/24,office", "must be address ranges such as 203.0.113.0/24; number 2 is not")]
    [InlineData("SecretFormat", "Jdbc", "must be one of AdoNet, Url, Prisma, Go, Json, not 'Jdbc'")]
    [InlineData("Alias", "ConnectionStrings:orders", "must be a Key Vault secret name")]
    [InlineData("Alias", "br-orders", "must be a Key Vault secret name")]
    [InlineData("IterationRoot", "Release 5", "cannot stand beside Team")]
    [InlineData("RefreshSites", "web", "must be resource ids such as /subscriptions/")]
    [InlineData("DataBranching", "yes", "must be true or false")]
    [InlineData("ClusterSize", "PS 10", "must be a cluster size of PlanetScale such as PS_DEV")]
    [InlineData("Grase", "3", "is not a setting; the settings here are Alias, ")]
    public void A_wrong_setting_of_a_track_is_named_exactly_and_once_and_the_other_tracks_run(string name, string? value, string problem)
    {
        var settings = Load(new()
        {
            [$"Tracks__orders__{name}"] = value,
            ["Tracks__billing__Project"] = "Meridian",
            ["Tracks__billing__Database"] = "ledger",
            ["Tracks__billing__Retire"] = "Keep",
        });

        Assert.Empty(settings.Problems);
        Assert.Equal("billing", Assert.Single(settings.Tracks).Name);
        Assert.StartsWith($"Tracks__orders__{name}: {problem}", Assert.Single(Assert.Single(settings.TracksOff).Value), StringComparison.Ordinal);
        Assert.Null(settings.FindTrack("orders"));
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var settings = SettingsLoader.Load(new Dictionary<string, string?>
        {
            ["Boards__TimeZone"] = "nowhere",
            ["DryRun"] = "maybe",
            ["Tracks__orders__Grace"] = "long",
            ["Tracks__orders__Role"] = "boss",
            ["Tracks__bad-name__Project"] = "Meridian",
        }.ToConfiguration());

        Assert.Equal(
            ["AzureWebJobsStorage", "Boards__Organization", "Boards__TimeZone", "DryRun", "KeyVault__Uri", "PlanetScale__Organization", "PlanetScale__ServiceToken", "PlanetScale__ServiceTokenId"],
            Names(settings.Problems));
        Assert.Equal(
            ["Tracks__orders__Database", "Tracks__orders__Grace", "Tracks__orders__Project", "Tracks__orders__Retire", "Tracks__orders__Role"],
            Names(settings.TracksOff["orders"]));
        Assert.Contains(settings.TracksOff["bad-name"], problem => problem.Contains("a track's name must be 1 to 40 letters and digits", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_any_track_it_is_said_how_to_set_one()
    {
        var values = SettingValues.Working().Where(value => !value.Key.StartsWith("Tracks__", StringComparison.Ordinal)).ToDictionary();

        Assert.StartsWith("Tracks: there is none; set Tracks__NAME__Project", Assert.Single(SettingsLoader.Load(values.ToConfiguration()).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void TrackDefaults_stand_under_every_track_and_a_wrong_one_is_named_as_it_was_set()
    {
        var settings = Load(new()
        {
            ["Tracks__orders__Retire"] = null,
            ["Tracks__orders__Grace"] = "2",
            ["Tracks__billing__Project"] = "Meridian",
            ["Tracks__billing__Database"] = "ledger",
            ["Tracks__billing__LeadTime"] = "1",
            ["TrackDefaults__Retire"] = "Revoke",
            ["TrackDefaults__Grace"] = "9",
            ["TrackDefaults__AllowedCidrs__0"] = "203.0.113.0/24",
            ["TrackDefaults__LeadTime"] = "soon",
        });

        Assert.Empty(settings.Problems);
        var billing = Assert.Single(settings.Tracks);
        Assert.Equal(("billing", Retirement.Revoke, TimeSpan.FromDays(9), "203.0.113.0/24"), (billing.Name, billing.Retire, billing.Grace, Assert.Single(billing.AllowedCidrs)));
        Assert.StartsWith("TrackDefaults__LeadTime: must be a whole number of days", Assert.Single(settings.TracksOff["orders"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tracks_on_one_database_need_the_track_in_their_branch_names()
    {
        var settings = Load(new()
        {
            ["Tracks__billing__Project"] = "Meridian",
            ["Tracks__billing__Database"] = "SHOP",
            ["Tracks__billing__Retire"] = "Keep",
            ["Tracks__billing__BranchName"] = "{track}-{iteration}",
        });

        Assert.Equal("billing", Assert.Single(settings.Tracks).Name);
        var problem = Assert.Single(settings.TracksOff["orders"]);
        Assert.StartsWith("Tracks__orders__BranchName: must contain {track}", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tracks_with_one_alias_are_both_off_for_Key_Vault_does_not_tell_upper_from_lower_case()
    {
        var settings = Load(new()
        {
            ["Tracks__billing__Project"] = "Meridian",
            ["Tracks__billing__Database"] = "ledger",
            ["Tracks__billing__Retire"] = "Keep",
            ["Tracks__billing__Alias"] = "connectionstrings--ORDERS",
        });

        Assert.Empty(settings.Tracks);
        Assert.Equal(["billing", "orders"], settings.TracksOff.Keys.Order());
        Assert.All(settings.TracksOff, off => Assert.StartsWith($"Tracks__{off.Key}__Alias: ", Assert.Single(off.Value), StringComparison.Ordinal));
    }

    [Fact]
    public void On_this_machine_a_vault_may_have_a_certificate_authority_of_its_own()
    {
        var file = Path.GetTempFileName();
        try
        {
            var values = new Dictionary<string, string?>
            {
                ["KeyVault__Uri"] = "https://localhost:4443/",
                ["KeyVault__DisableChallengeResourceVerification"] = "true",
                ["KeyVault__CaFile"] = file,
            };
            var settings = Load(values);
            Assert.Empty(settings.Problems);
            Assert.Equal((true, file), (settings.KeyVault.DisableChallengeResourceVerification, settings.KeyVault.CaFile));

            values["KeyVault__CaFile"] = $"{file}.missing";
            Assert.Equal("KeyVault__CaFile: must be the path of a PEM file; there is no file at the one that is set", Assert.Single(Load(values).Problems));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Storage_by_identity_needs_the_account_s_name_or_both_addresses()
    {
        var named = Load(new() { ["AzureWebJobsStorage"] = null, ["AzureWebJobsStorage__accountName"] = "contoso", ["AzureWebJobsStorage__clientId"] = "id" });
        Assert.Empty(named.Problems);
        Assert.Equal(
            ("https://contoso.queue.core.windows.net/", "https://contoso.blob.core.windows.net/", "id"),
            (named.Storage.QueueServiceUri!.AbsoluteUri, named.Storage.BlobServiceUri!.AbsoluteUri, named.Storage.ClientId));

        var half = Load(new() { ["AzureWebJobsStorage"] = null, ["AzureWebJobsStorage__queueServiceUri"] = "https://contoso.queue.core.windows.net" });
        Assert.StartsWith("AzureWebJobsStorage: is missing", Assert.Single(half.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_previous_password_alone_is_a_mistake_and_none_at_all_turns_hooks_off()
    {
        Assert.StartsWith("ServiceHook__PreviousPassword: stands alone", Assert.Single(Load(new() { ["ServiceHook__Password"] = null, ["ServiceHook__PreviousPassword"] = "the-one-before-this" }).Problems), StringComparison.Ordinal);
        Assert.Null(Load(new() { ["ServiceHook__Password"] = "" }).ServiceHook.Password);
    }

    [Fact]
    public void Today_is_the_day_where_the_team_is()
    {
        var instant = new DateTimeOffset(2026, 8, 26, 23, 30, 0, TimeSpan.Zero);

        Assert.Equal(new DateOnly(2026, 8, 26), Load([]).Today(instant));
        Assert.Equal(new DateOnly(2026, 8, 27), Load(new() { ["Boards__TimeZone"] = "Europe/Berlin" }).Today(instant));
        Assert.Equal(new DateOnly(2026, 8, 25), Load(new() { ["Boards__TimeZone"] = "America/Los_Angeles" }).Today(instant.AddHours(-17)));
    }

    [Fact]
    public void No_text_of_the_settings_shows_a_secret()
    {
        var settings = Load([]);
        object[] parts = [settings, settings.Boards, settings.PlanetScale, settings.KeyVault, settings.Storage, settings.ServiceHook];

        Assert.All(parts, part => Assert.DoesNotContain("of-the-tests", part.ToString()!, StringComparison.Ordinal));
        Assert.Equal("1 tracks, 0 off", settings.ToString());
    }

    /// <summary>A token, the shortest password, a storage account's key, and a password that could be a list.</summary>
    [Theory]
    [InlineData("pscale_tkn_misplacedMisplacedMisplaced")]
    [InlineData("misplaced-0123-4")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=bWlzcGxhY2Vk;EndpointSuffix=core.windows.net")]
    [InlineData("misplaced,misplaced")]
    public void A_secret_in_the_wrong_place_is_in_no_message(string secret)
    {
        var names = SettingsLoader.Names.Concat(TrackReader.Names().SelectMany(name => new[] { $"TrackDefaults__{name}", $"Tracks__orders__{name}" })).ToList();

        Assert.True(names.Count > 50, $"only {names.Count}");
        Assert.All(names, name =>
        {
            var settings = Load(new() { [name] = secret });
            Assert.All(settings.Problems.Concat(settings.TracksOff.Values.SelectMany(problems => problems)), problem =>
            {
                Assert.DoesNotContain("misplaced", problem, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("bWlzcGxhY2Vk", problem, StringComparison.Ordinal);
            });
        });
    }

    [Fact]
    public void Neither_is_a_short_one_where_the_secrets_are() => Assert.All(
        new[] { "ServiceHook__Password", "ServiceHook__PreviousPassword", "KeyVault__Uri", "KeyVault__DisableChallengeResourceVerification", "AzureWebJobsStorage", "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential" },
        name => Assert.DoesNotContain("hunter-2", Assert.Single(Load(new() { [name] = "hunter-2" }).Problems), StringComparison.Ordinal));

    private static Settings Load(Dictionary<string, string?> changes)
    {
        var values = SettingValues.Working();
        foreach (var (name, value) in changes)
        {
            values[name] = value;
        }

        return SettingsLoader.Load(values.Where(value => value.Value is not null).ToDictionary().ToConfiguration());
    }

    private static IEnumerable<string> Names(IEnumerable<string> problems) => problems.Select(problem => problem.Split(':')[0]).Order(StringComparer.Ordinal);
}
