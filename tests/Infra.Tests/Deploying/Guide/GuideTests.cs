using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Doctor;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Infra.Tests.Templates;
using IterationBranches.Sandbox;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>The guide says what is so. That its commands do what it says is in <see cref="GuideEndToEndTests"/>.</summary>
public sealed partial class GuideTests
{
    private static readonly string[] s_cannotBePlayed = ["az login", "az monitor", "renew_key"];

    [Fact]
    public void What_needs_Azure_is_little_and_the_rest_is_run()
    {
        Assert.True(GuideCommand.All.Count > 40, $"{GuideCommand.All.Count} commands were found");
        Assert.All(GuideCommand.All.Where(command => command.NeedsAzure), command => Assert.Contains(s_cannotBePlayed, word => command.Text.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_verbs_of_the_app_and_of_the_sandbox_are_ones_that_there_are()
    {
        var ofTheApp = GuideCommand.All.SelectMany(command => command.OfTheApp).ToList();
        var ofTheSandbox = GuideCommand.All.Select(command => command.OfTheSandbox).OfType<string[]>().ToList();

        Assert.Equal(["doctor", "hooks", "plan"], ofTheApp.Select(arguments => arguments[0]).Distinct().Order());
        Assert.All(ofTheApp, arguments => Assert.Empty(Commands.Parse(arguments).Errors));
        Assert.Contains("package", ofTheSandbox.Select(arguments => arguments[0]));
        Assert.All(ofTheSandbox, arguments => Assert.Empty(SandboxCommands.Parse(arguments).Errors));
    }

    [Theory]
    [InlineData("secret() {", "secret planetscale")]
    [InlineData("infra/read-settings.sh", "--settings app.settings.json")]
    [InlineData("grant_me \"Storage Blob Data Reader\"", "iteration-branches plan")]
    public void What_a_command_needs_is_there_before_it_and_in_one_place(string needed, string first)
    {
        var needs = Assert.Single(GuideCommand.All, command => command.Text.StartsWith(needed, StringComparison.Ordinal));

        Assert.True(needs.Number < GuideCommand.All.First(command => command.Text.Contains(first, StringComparison.Ordinal)).Number);
    }

    [Fact]
    public void The_permissions_of_the_service_token_are_those_that_the_doctor_looks_for()
    {
        var needed = new[] { "", "Retire=Delete", "DataBranching=true", "DataBranching=true Retire=Delete AllowProductionBranch=true" }
            .SelectMany(settings => new[] { DatabaseKind.MySql, DatabaseKind.Postgres }.SelectMany(kind => new[] { false, true }
                .SelectMany(isProduction => ServiceTokenPermissions.NeededFor([Track(settings)], kind, isProduction))))
            .Append("read_service_tokens").Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(needed, PermissionsIn(GuideCommand.Guide));
        Assert.Equal(needed, PermissionsIn(File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md"))));
    }

    [Theory]
    [InlineData("every track", "", false)]
    [InlineData("`Retire=Delete`", "Retire=Delete", false)]
    [InlineData("`DataBranching`", "DataBranching=true", false)]
    public void A_permission_is_in_the_row_of_what_needs_it(string row, string settings, bool isProduction)
    {
        var before = row == "every track" ? [] : Needed("");

        Assert.Equal(
            Needed(settings).Except(before).Order(StringComparer.Ordinal),
            PermissionsIn(GuideCommand.Guide.Split('\n').Single(line => line.StartsWith($"| {row} |", StringComparison.Ordinal))));

        IEnumerable<string> Needed(string set) => new[] { DatabaseKind.MySql, DatabaseKind.Postgres }.SelectMany(kind => ServiceTokenPermissions.NeededFor([Track(set)], kind, isProduction)).Distinct();
    }

    private static Track Track(string settings)
    {
        var values = new Dictionary<string, string?> { ["Tracks__x__Project"] = "Shop", ["Tracks__x__Database"] = "shop", ["Tracks__x__Retire"] = "Keep" };
        foreach (var setting in settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')))
        {
            values[$"Tracks__x__{setting[0]}"] = setting[1];
        }

        return SettingsLoader.Load(values.ToConfiguration()).Tracks.Single();
    }

    private static IEnumerable<string> PermissionsIn(string text) =>
        Permission().Matches(text).Select(match => match.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal);

    [Fact]
    public void Every_parameter_that_it_names_is_one()
    {
        var declared = Repository.Main.Of("param").Select(parameter => parameter.Name).ToHashSet();
        var named = Parameter().Matches(GuideCommand.Guide).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.True(named.Count > 10, $"only {string.Join(", ", named)}");
        Assert.All(named, name => Assert.Contains(name, declared));
    }

    /// <summary>The vault of the aliases is closed with the others.</summary>
    [Fact]
    public void Who_closes_the_vaults_is_told_of_those_who_read_the_aliases()
    {
        var paragraph = GuideCommand.Guide.Split("\n## ").Single(text => text.StartsWith("A private network\n", StringComparison.Ordinal));
        var description = Repository.Main["param", "privateNetworking"].Decorator("description")!;

        Assert.All(["alias", "peered", "private DNS zone", "allowedAddresses"], word =>
        {
            Assert.Contains(word, paragraph, StringComparison.Ordinal);
            Assert.Contains(word, description, StringComparison.Ordinal);
        });
        // By the name of the zone that the template makes.
        Assert.Contains("`privatelink.vaultcore.azure.net`", paragraph, StringComparison.Ordinal);
        Assert.Contains("'privatelink.vaultcore.azure.net'", Repository.Templates["modules/network.bicep"]["var", "zoneNames"].Value!.Source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_replaced_as_it_says()
    {
        const string secret = "pscale_tkn_the next\\one";
        await using var rig = await DeploymentRig.StartWithSecretsAsync();
        await rig.DeployAsync();
        var script = string.Join('\n', GuideCommand.All.Where(command => !command.NeedsAzure && Definition().IsMatch(command.Text)).Select(command => command.Text));

        var result = await rig.RunBashAsync(
            ["-c", $"{script}\nAPP_ID={AzureState.AppId(DeploymentRig.Group)} SETTINGS_VAULT={AzureState.SettingsVault}\nput_secret planetscale-service-token && refresh"], secret + "\n");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Empty(rig.Azure.Misuses);
        Assert.Equal(secret, rig.State.Secrets["planetscale-service-token"]);
        Assert.Equal("rest post refresh", rig.Commands[^1]);
        Assert.DoesNotContain("the next", result.All, StringComparison.Ordinal);
        Assert.All(rig.Azure.Arguments, arguments => Assert.DoesNotContain("the next", arguments, StringComparison.Ordinal));
    }

    [GeneratedRegex("`(?<name>(read|create|connect|delete|restore)_[a-z_]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Permission();

    [GeneratedRegex("`(?<name>[a-z]+[A-Z][A-Za-z]*)( = [^`]+)?`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^[a-z_]+\(\) \{", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Definition();
}
