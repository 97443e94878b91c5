using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IterationBranches.Configuration;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Provisioning;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>At night nobody finds out that the runbook is of another version.</summary>
public sealed partial class RunbookTests
{
    public static TheoryData<string> Lines => [.. LineTable().Matches(Repository.Runbook)
        .SelectMany(table => Row().Matches(table.Groups["rows"].Value)).Select(row => row.Groups["line"].Value).Distinct()];

    public static TheoryData<string> Verbs => [.. Verb().Matches(Repository.Runbook).Select(match => match.Groups["verb"].Value.Replace("$HOST", "host", StringComparison.Ordinal)).Distinct()];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_line_that_is_explained_is_one_that_the_app_logs(string line) =>
        Assert.Contains(line, Repository.Code, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Verbs))]
    public void A_verb_is_one_of_the_app_s_with_these_options(string verb) =>
        Assert.Empty(Commands.Parse([.. CommandLineParser.SplitCommandLine(verb)]).Errors);

    /// <summary>The doctor at an address asks the app, which has its own.</summary>
    [Fact]
    public void A_verb_has_the_settings_that_are_made_before_it_begins()
    {
        var beginning = Repository.Runbook[..Repository.Runbook.IndexOf("## Stop everything", StringComparison.Ordinal)];

        Assert.Contains("infra/read-settings.sh --resource-group \"$RG\" > app.settings.json\n", beginning, StringComparison.Ordinal);
        Assert.Contains("export PlanetScale__ServiceToken=$(az keyvault secret show --vault-name \"$SETTINGS_VAULT\" --name planetscale-service-token ", beginning, StringComparison.Ordinal);
        Assert.All(["Storage Queue Data Message Sender", "Key Vault Secrets User", "Storage Blob Data Reader"], role => Assert.Contains($"*{role}*", beginning, StringComparison.Ordinal));
        var verbs = Verb().Matches(Repository.Runbook).Select(match => match.Groups["verb"].Value).Where(verb => !verb.StartsWith("doctor --url", StringComparison.Ordinal)).ToList();
        Assert.True(verbs.Count > 2, $"{verbs.Count} verbs");
        Assert.All(verbs, verb => Assert.EndsWith(" --settings app.settings.json", verb, StringComparison.Ordinal));
    }

    [Fact]
    public void The_message_that_is_sent_by_hand_is_one_that_the_app_reads()
    {
        var (message, problem) = LookMessage.Parse(HandMade().Match(Repository.Runbook).Groups["json"].Value);

        Assert.Null(problem);
        Assert.Equal(("orders", LookReason.Operator, LookOperation.Retry), (message!.Track, message.Reason, message.Operation!.Verb));
    }

    [Fact]
    public void A_parameter_that_is_to_be_changed_is_one_of_the_template_and_a_secret_one_that_it_refers_to()
    {
        var parameters = Parameter().Matches(Repository.Runbook).Select(match => match.Groups["name"].Value).Concat(["disabledFunctions", "dryRun", "alertsEnabled", "privateNetworking"]).Distinct().ToList();
        var template = File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicep"));

        Assert.True(parameters.Count > 6, $"{parameters.Count} parameters");
        Assert.All(parameters, parameter => Assert.Contains($"`{parameter}`", Repository.Runbook, StringComparison.Ordinal));
        Assert.Empty(parameters.Except(Repository.Main.Of("param").Select(declared => declared.Name)));
        Assert.All(["planetscale-service-token", "service-hook-password", "service-hook-previous-password", "boards-personal-access-token"], secret =>
        {
            Assert.Contains($"secrets/{secret})", template, StringComparison.Ordinal);
            Assert.Contains($"`{secret}`", Repository.Runbook, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_names_from_which_the_commands_start_are_those_that_the_template_gives()
    {
        var template = File.ReadAllText(Path.Combine(Repository.Root, "infra", "main.bicep"));

        Assert.Contains("starts_with(name, 'func-')", Repository.Runbook, StringComparison.Ordinal);
        Assert.Contains("BASE=${APP#func-}\n", Repository.Runbook, StringComparison.Ordinal);
        Assert.Contains("var appName = 'func-${baseName}-${suffix}'", template, StringComparison.Ordinal);
        Assert.Contains("ACCOUNT=st${BASE//-/} SETTINGS_VAULT=kvs-$BASE RECORDS_VAULT=kvr-$BASE QUEUE=provision-branch\n", Repository.Runbook, StringComparison.Ordinal);
        Assert.All(["'st${baseName}${suffix}'", "'kvs-${baseName}-${suffix}'", "'kvr-${baseName}-${suffix}'", "'log-${baseName}-${suffix}'"], name => Assert.Contains(name, template, StringComparison.Ordinal));
        Assert.Equal("provision-branch", Repository.Main["param", "queueName"].Value!.Literal);
    }

    /// <summary>Of an app on the Flex Consumption plan az prints the resource as it is, where of other plans it has no <c>properties</c>.</summary>
    [Fact]
    public void What_is_read_of_the_app_is_found_whatever_shape_az_gives_it()
    {
        var queries = AppQuery().Matches(Repository.Runbook).Select(match => match.Groups["query"].Value.Trim('"')).ToList();
        const string site = """ "defaultHostName": "func.azurewebsites.net", "state": "Running" """;

        Assert.Equal(["/x", "func.azurewebsites.net", "Running"], queries.Select(query => Read($$"""{ "id": "/x", "properties": { {{site}} } }""", query)));
        Assert.Equal(["/x", "func.azurewebsites.net", "Running"], queries.Select(query => Read($$"""{ "id": "/x", {{site}} }""", query)));

        static string Read(string answer, string query) => AzOutput.Format(JsonNode.Parse(answer), query, "tsv").TrimEnd('\n');
    }

    /// <summary>A vault is recovered into the group that it was in.</summary>
    [Fact]
    public void The_group_is_made_before_both_vaults_are_recovered()
    {
        var paragraph = Repository.Runbook[Repository.Runbook.IndexOf("## Everything was deleted\n", StringComparison.Ordinal)..];
        var commands = paragraph.Split('\n').Where(line => line.StartsWith("az ", StringComparison.Ordinal)).Select(line => line.Split(" --")[0]);

        Assert.Equal(["az keyvault list-deleted", "az group create", "az keyvault recover", "az keyvault recover"], commands);
        Assert.Contains("--name kvs-", paragraph, StringComparison.Ordinal);
        Assert.Contains("--name kvr-", paragraph, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_switched_off_is_what_there_is()
    {
        var off = Switch().Matches(Repository.Runbook).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.Equal(["PollIterations", "ProvisionBranch"], off);
        Assert.Contains("--settings DryRun=true", Repository.Runbook, StringComparison.Ordinal);
        Assert.Contains("DryRun", SettingsLoader.Names);
        Assert.Equal(off, DeclaredFunction.All.Where(function => function.Trigger != "Http").Select(function => function.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>The host disables a function whose setting is missing, and leaves one whose schedule is wrong.</summary>
    [Fact]
    public void What_keeps_the_host_from_running_a_function_is_there_for_each_setting_that_it_reads()
    {
        var paragraph = Repository.Runbook.Split("\n## ").Single(text => text.StartsWith("A function is missing or silent\n", StringComparison.Ordinal));

        Assert.All(DeclaredFunction.All.Where(function => function.Settings.Any()), function =>
        {
            var setting = function.Settings.Single();
            var row = Assert.Single(paragraph.Split('\n'), line => line.StartsWith('|') && line.Contains($"`'%{setting}%' does not resolve to a value`", StringComparison.Ordinal));
            Assert.Contains($"`{function.Name}`", row, StringComparison.Ordinal);
            Assert.Contains($"`{setting}` is missing", row, StringComparison.Ordinal);
            Assert.Contains($"name=='{setting}'", paragraph, StringComparison.Ordinal);
        });
        Assert.Contains($"`{Repository.Main["param", "pollSchedule"].Value!.Literal}`", paragraph, StringComparison.Ordinal);
        var runtime = Repository.Templates["modules/app.bicep"]["resource", "app"].Body.In("properties").In("functionAppConfig").In("runtime");
        Assert.Contains($"`FUNCTIONS_WORKER_RUNTIME` to `{runtime["name"].Literal}`", paragraph, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_links_to_is_there()
    {
        var links = Link().Matches(Repository.Runbook).Select(link => (Path: link.Groups["path"].Value, Anchor: link.Groups["anchor"].Value)).ToList();

        Assert.True(links.Count > 10, $"{links.Count} links");
        Assert.All(links, link => Assert.Contains(link.Anchor, Markdown.Anchors(link.Path.Length == 0 ? Repository.Runbook : File.ReadAllText(Path.Combine(Repository.Root, "docs", link.Path)))));
    }

    /// <summary>A token, a key or a password that somebody copied from his own shell.</summary>
    [Fact]
    public void No_command_shows_a_secret_or_has_one_in_it()
    {
        Assert.DoesNotMatch(@"pscale_tkn_\w{6}|[?&]code=|--value|AccountKey", Repository.Runbook);
        Assert.All(Repository.Runbook.Split('\n').Where(line => line.Contains("appsettings set", StringComparison.Ordinal) || line.Contains("secret set", StringComparison.Ordinal)), line =>
            Assert.Contains("--output none", line, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^\| the line \|.*\n\|[-|]+\n(?<rows>(\|.*\n)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineTable();

    [GeneratedRegex(@"^\| `(?<line>[^`]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex("(^|`)iteration-branches (?<verb>[a-z][^`\n]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Verb();

    [GeneratedRegex(@"\]\((?<path>(?!https?:)[^)#]*)#(?<anchor>[^)]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("TEXT='(?<json>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HandMade();

    [GeneratedRegex(@"parameter (is )?`(?<name>\w+)`|\(`(?<name>service\w+)`, `(?<name>service\w+)`, `(?<name>boards\w+)`\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex("az functionapp show .*--query (?<query>\"[^\"]+\"|[^ ]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppQuery();

    [GeneratedRegex(@"AzureWebJobs\.(?<name>\w+)\.Disabled", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Switch();
}
