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
    [InlineData("Boards__Organization", "https://example.com/acme", "must be the organization's name, as in https://dev.azure.com/{organization}")]
    [InlineData("Boards__Organization", "https://dev.azure.com/", "must be the organization's name")]
    [InlineData("Boards__Organization", "contoso\u2013it", "must be the organization's name, as in https://dev.azure.com/{organization}, not 'contoso\u2013it'")]
    [InlineData("Boards__BaseUrl", "https://dev.azure.com/contoso", "must be https://dev.azure.com alone; the organization goes into Boards__Organization")]
    [InlineData("Boards__BaseUrl", "https://contoso.visualstudio.com", "must be https://dev.azure.com alone; the organization goes into Boards__Organization")]
    [InlineData("Boards__BaseUrl", "https://dev\u2013azure.com", "must be an address that begins with https://; character 12 is U+2013, a dash that is no hyphen, which no address has")]
    [InlineData("Boards__BaseUrl", "https://boards..example", "must be an address that begins with https://")]
    [InlineData("Boards__BaseUrl", "https://me@boards.example", "must be an address alone")]
    [InlineData("Boards__PersonalAccessToken", "@Microsoft.AppConfiguration(Endpoint=https://c.azconfig.io; Key=pat)", "still reads @Microsoft.AppConfiguration(…): the reference is not resolved; see the setting's status in the portal (identity, role App Configuration Data Reader, name)")]
    [InlineData("Boards__PersonalAccessToken", " @Microsoft.SomethingNew(x)", "still reads @Microsoft.SomethingNew(…): the reference is not resolved")]
    [InlineData("Boards__PersonalAccessToken", "\u200Bpat-of-the-tests", "has a character that cannot be in it, and that nobody sees; character 1 is U+200B, a zero-width space. Type it anew")]
    [InlineData("Boards__PersonalAccessToken", "pat-of-the\u00A0tests", "must be one token or id alone, of letters, digits and signs of ASCII; character 11 is U+00A0, a no-break space")]
    [InlineData("Boards__PersonalAccessToken", "pät-of-the-tests", "must be one token or id alone, of letters, digits and signs of ASCII; character 2 is U+00E4")]
    [InlineData("Boards__BaseUrl", "dev.azure.com", "must be an address that begins with https://")]
    [InlineData("Boards__BaseUrl", "http://dev.azure.com", "must begin with https:// (http is for an address on this machine alone)")]
    [InlineData("Boards__TimeZone", "Europe/Bärlin", "must be an IANA name such as Europe/Berlin that is known here, not 'Europe/Bärlin'")]
    [InlineData("Boards__Organisation", "contoso", "is not a setting; the settings here are Boards__BaseUrl, Boards__Organization, ")]
    [InlineData("PlanetScale__BaseUrl", "ftp://api.planetscale.com", "must be an address that begins with https://")]
    [InlineData("PlanetScale__Organization", " ", "is missing")]
    [InlineData("PlanetScale__BaseUrl", "https://api.planetscale.com", "must end with the API's version, as https://api.planetscale.com/v1")]
    [InlineData("PlanetScale__BaseUrl", "https://app.planetscale.com/acme", "must end with the API's version, as https://api.planetscale.com/v1")]
    [InlineData("PlanetScale__Organization", "https://planetscale.com/acme", "must be the organization's name, as in https://app.planetscale.com/{organization}")]
    [InlineData("PlanetScale__Organization", "acme/shop", "must be the organization's name, as in https://app.planetscale.com/{organization}, not 'acme/shop'")]
    [InlineData("PlanetScale__ServiceTokenId", "", "is missing")]
    [InlineData("PlanetScale__ServiceTokenId", "token-id:pscale_tkn_of-the-tests", "must be one token or id alone, of letters, digits and signs of ASCII; character 9 is U+003A, a colon")]
    [InlineData("PlanetScale__ServiceToken", "\uFEFFpscale_tkn_0000", "has a character that cannot be in it, and that nobody sees; character 1 is U+FEFF, a byte order mark. Type it anew")]
    [InlineData("PlanetScale__ServiceToken", "pscale_tkn\u201300000000", "must be one token or id alone, of letters, digits and signs of ASCII; character 11 is U+2013, a dash that is no hyphen")]
    [InlineData("PlanetScale__ServiceToken", "token-id\npscale_tkn_of-the-tests", "has a character that cannot be in it, and that nobody sees; character 9 is U+000A, a line break. Type it anew")]
    [InlineData("PlanetScale__ServiceToken", "\"pscale_tkn_of-the-tests\"", "must be one token or id alone, of letters, digits and signs of ASCII; character 1 is U+0022, a quotation mark")]
    [InlineData("PlanetScale__ActorId", "actor 1", "must be one token or id alone, of letters, digits and signs of ASCII; character 6 is U+0020, a blank")]
    [InlineData("PlanetScale__ServiceToken", null, "is missing")]
    [InlineData("PlanetScale__ServiceToken", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/t)", "still reads @Microsoft.KeyVault(…): the reference is not resolved")]
    [InlineData("PlanetScale__Token", "x", "is not a setting")]
    [InlineData("KeyVault__Uri", null, "is missing")]
    [InlineData("KeyVault__Uri", "contoso", "must be an address that begins with https://")]
    [InlineData("KeyVault__Uri", "http://127.0.0.1:1234", "must begin with https://; the Key Vault client sends no token otherwise")]
    [InlineData("KeyVault__Uri", "https://contoso.vault.azure.net/secrets/token/0123456789abcdef", "must be the vault's address alone, https://NAME.vault.azure.net; what has a path is one of its secrets")]
    [InlineData("KeyVault__Uri", "https://contoso\u2013vault.vault.azure.net", "must be an address that begins with https://; character 16 is U+2013")]
    [InlineData("KeyVault__Uri", "@Microsoft.AppConfiguration(Endpoint=https://c.azconfig.io; Key=vault)", "still reads @Microsoft.AppConfiguration(…)")]
    [InlineData("KeyVault__DisableChallengeResourceVerification", "true", "is only for a vault on this machine (the sandbox)")]
    [InlineData("KeyVault__DisableChallengeResourceVerification", "yes", "must be true or false")]
    [InlineData("KeyVault__CaFile", "ca.pem", "is only for a vault on this machine (the sandbox)")]
    [InlineData("AzureWebJobsStorage", "", "is missing; set it to a connection string, or AzureWebJobsStorage__accountName")]
    [InlineData("AzureWebJobsStorage", "AccountName=contoso", "must be the connection string of a storage account")]
    [InlineData("AzureWebJobsStorage", "BlobEndpoint=https://contoso.blob.core.windows.net;SharedAccessSignature=sv=2024&sig=x", "must be the connection string of a storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…); it has no QueueEndpoint, and the app has a queue")]
    [InlineData("AzureWebJobsStorage", "QueueEndpoint=https://contoso.queue.core.windows.net;SharedAccessSignature=sv=2024&sig=x", "must be the connection string of a storage account (DefaultEndpointsProtocol=…;AccountName=…;AccountKey=…); it has no BlobEndpoint, and the app has blobs")]
    [InlineData("AzureWebJobsStorage__managedIdentityResourceId", "my-identity", "must be a resource id such as /subscriptions/")]
    [InlineData("AzureWebJobsStorage__clientId", "5c9e4b1f 7a30", "must be one token or id alone")]
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
    [InlineData("ServiceHook__Password", "\uFEFFhook-password-of-the-tests", "has a character that cannot be in it, and that nobody sees; character 1 is U+FEFF, a byte order mark. Type it anew")]
    [InlineData("ServiceHook__User", "x", "is not a setting")]
    [InlineData("ResourceManager__BaseUrl", "http://management.azure.com", "must begin with https://")]
    [InlineData("ResourceManager__BaseUrl", "https://management.azure.com/subscriptions/s", "must end with the host, as https://management.azure.com")]
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
    [InlineData("Project", "https://dev.azure.com/contoso/Meridian", "must be the project's name or id alone, no address and no path")]
    [InlineData("Project", "Meridian\u200B", "has a character that cannot be in it, and that nobody sees; character 9 is U+200B")]
    [InlineData("Team", "[Meridian]\\Team 7", "must be the team's name or id alone, without its project")]
    [InlineData("Database", "https://app.planetscale.com/acme/shop", "must be the database's name alone, no address")]
    [InlineData("GitBranches", "release/*,!release/old", "must be names of branches, as release/*; nothing in them excludes; number 2 is not")]
    [InlineData("GitBranches", "refs/tags/*", "must be names of branches, as release/*; nothing in them excludes; number 1 is not")]
    [InlineData("GitBranches", "+:refs/heads/*", "must be names of branches")]
    [InlineData("GitBranches__0", "@Microsoft.AppConfiguration(x)", "still reads @Microsoft.AppConfiguration(…)")]
    [InlineData("AllowedCidrs", "10.1", "must be addresses, or ranges such as 203.0.113.0/24; number 1 is not")]
    [InlineData("AllowedCidrs", "203.0.113.7/33", "must be addresses, or ranges such as 203.0.113.0/24; number 1 is not")]
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
    [InlineData("AllowedCidrs", "203.0.113.0/24,office", "must be addresses, or ranges such as 203.0.113.0/24; number 2 is not")]
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
        var named = Load(new() { ["AzureWebJobsStorage"] = null, ["AzureWebJobsStorage__accountName"] = "contoso" });
        Assert.Empty(named.Problems);
        Assert.Equal(
            ("https://contoso.queue.core.windows.net/", "https://contoso.blob.core.windows.net/", null),
            (named.Storage.QueueServiceUri!.AbsoluteUri, named.Storage.BlobServiceUri!.AbsoluteUri, named.Storage.Identity));

        var half = Load(new() { ["AzureWebJobsStorage"] = null, ["AzureWebJobsStorage__queueServiceUri"] = "https://contoso.queue.core.windows.net" });
        Assert.StartsWith("AzureWebJobsStorage: is missing", Assert.Single(half.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_assigned_identity_is_named_as_the_Functions_host_reads_it()
    {
        const string resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app";

        Assert.Equal("ClientId 5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a194", IdentityOf("clientId", "5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a194"));
        Assert.Equal("ObjectId 5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a195", IdentityOf("managedIdentityObjectId", "5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a195"));
        Assert.Equal($"ResourceId {resource}", IdentityOf("managedIdentityResourceId", resource));

        var two = Load(new() { ["AzureWebJobsStorage__managedIdentityResourceId"] = resource, ["AzureWebJobsStorage__clientId"] = "5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a194" });
        Assert.StartsWith("AzureWebJobsStorage__clientId: cannot stand beside ", Assert.Single(two.Problems), StringComparison.Ordinal);

        static string? IdentityOf(string name, string value)
        {
            var settings = Load(new() { ["AzureWebJobsStorage"] = null, ["AzureWebJobsStorage__accountName"] = "contoso", [$"AzureWebJobsStorage__{name}"] = value });
            Assert.Empty(settings.Problems);
            return settings.Storage.Identity!.ToString();
        }
    }

    /// <summary>What a person copies from a page is the same as the name on it.</summary>
    [Theory]
    [InlineData("https://dev.azure.com/acme", "https://app.planetscale.com/acme")]
    [InlineData("https://dev.azure.com/acme/Meridian/_boards", "https://app.planetscale.com/acme/shop")]
    [InlineData("dev.azure.com/acme/", "app.planetscale.com/acme")]
    [InlineData("https://acme.visualstudio.com", "https://api.planetscale.com/v1/organizations/acme")]
    [InlineData("acme.visualstudio.com/Meridian", "acme")]
    public void An_organization_may_be_written_as_the_address_of_its_pages(string boards, string planetScale)
    {
        var settings = Load(new() { ["Boards__Organization"] = boards, ["PlanetScale__Organization"] = planetScale });

        Assert.Empty(settings.Problems);
        Assert.Equal(("acme", "acme"), (settings.Boards.Organization, settings.PlanetScale.Organization));
    }

    [Theory]
    [InlineData(@"Release 5\\Team A", @"Release 5\Team A")]
    [InlineData(@"Release 5 \ Team A", @"Release 5\Team A")]
    [InlineData("/Release 5//Team A/", @"Release 5\Team A")]
    [InlineData(@" \Release 5\ ", "Release 5")]
    [InlineData("/", "")]
    public void A_path_of_iterations_has_one_form(string written, string root) => Assert.Equal(
        root, Assert.Single(Load(new() { ["Tracks__orders__Team"] = null, ["Tracks__orders__IterationRoot"] = written }).Tracks).IterationRoot);

    [Fact]
    public void A_part_that_leads_elsewhere_is_no_iteration() => Assert.StartsWith(
        "Tracks__orders__IterationRoot: must be a path below the project",
        Assert.Single(Load(new() { ["Tracks__orders__Team"] = null, ["Tracks__orders__IterationRoot"] = "Release 5/../x" }).TracksOff["orders"]), StringComparison.Ordinal);

    [Fact]
    public void Branches_addresses_and_ids_have_one_form()
    {
        var track = Assert.Single(Load(new()
        {
            ["Tracks__orders__Project"] = "{3F6C1B0E-8D52-4C6A-9A57-2F1D4B7E9C10}",
            ["Tracks__orders__GitBranches"] = "refs/heads/release/*, hotfix/*",
            ["Tracks__orders__AllowedCidrs"] = "203.0.113.7, 2001:db8::1, 198.51.100.7/24",
        }).Tracks);

        Assert.Equal("3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10", track.Project);
        Assert.Equal(["release/*", "hotfix/*"], track.GitBranches);
        Assert.Equal(["203.0.113.7/32", "2001:db8::1/128", "198.51.100.0/24"], track.AllowedCidrs);
    }

    /// <summary>A team of people with an emoji of several parts.</summary>
    [Fact]
    public void What_joins_the_parts_of_a_character_is_a_part_of_a_name() =>
        Assert.Equal("Family \U0001F468\u200D\U0001F469", Assert.Single(Load(new() { ["Tracks__orders__Team"] = "Family \U0001F468\u200D\U0001F469" }).Tracks).Team);

    /// <summary>A verb needs neither.</summary>
    [Theory]
    [InlineData("PollSchedule", null, "is missing; the Functions host has no default for it")]
    [InlineData("PollSchedule", "every 5 minutes", "must be six fields of NCRONTAB, as 20 */5 * * * * for every five minutes; with another text the Functions host never starts the timer, not 'every 5 minutes'")]
    [InlineData("PollSchedule", "* * * *", "must be six fields of NCRONTAB")]
    [InlineData("PollSchedule", "0 61 * * * *", "must be six fields of NCRONTAB")]
    [InlineData("PollSchedule", "00:00:00", "must be six fields of NCRONTAB")]
    [InlineData("PollSchedule", "@Microsoft.AppConfiguration(x)", "still reads @Microsoft.AppConfiguration(…)")]
    [InlineData("ProvisionQueueName", "", "is missing; the Functions host has no default for it")]
    public void What_the_Functions_host_cannot_use_is_a_problem_of_the_app_alone(string name, string? value, string problem)
    {
        var settings = Load(new() { [name] = value });

        Assert.Empty(settings.Problems);
        Assert.StartsWith($"{name}: {problem}", Assert.Single(settings.HostProblems), StringComparison.Ordinal);
        Assert.Equal(settings.HostProblems, settings.AppProblems);
    }

    [Theory]
    [InlineData("20 */5 * * * *")]
    [InlineData("*/5 * * * *")]
    [InlineData("0  0 9 * * Mon-Fri")]
    [InlineData("00:05:00")]
    public void A_schedule_is_what_the_Functions_host_takes_for_one(string schedule) => Assert.Empty(Load(new() { ["PollSchedule"] = schedule }).AppProblems);

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
