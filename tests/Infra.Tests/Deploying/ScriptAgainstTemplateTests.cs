using System.Text.RegularExpressions;
using IterationBranches.Infra.Tests.Templates;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>What the scripts know of the templates.</summary>
public sealed partial class ScriptAgainstTemplateTests
{
    private static readonly string s_scripts = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*.sh")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra", "steps"), "*.sh")).Select(File.ReadAllText));

    [Fact]
    public void Every_output_that_is_read_is_one()
    {
        var read = Output().Matches(s_scripts).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.Contains("functionAppId", read);
        Assert.All(read, name => Assert.Contains(Repository.Main.Of("output"), output => output.Name == name));
    }

    [Fact]
    public void Every_provider_of_the_templates_is_registered_and_the_one_of_the_plan()
    {
        // Azure Resource Manager's own are always there.
        var used = Repository.Templates.Values.SelectMany(template => template.Of("resource")).Select(resource => resource.Quoted.Split('/')[0])
            .Where(provider => provider.StartsWith("Microsoft.", StringComparison.Ordinal) && provider is not ("Microsoft.Authorization" or "Microsoft.Resources"));

        Assert.Equal(
            used.Append("Microsoft.App").Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal),
            Providers().Match(s_scripts).Groups["names"].Value.Split(' ').Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_runtime_that_is_looked_for_is_the_one_that_the_template_sets()
    {
        var runtime = Repository.Templates["modules/app.bicep"]["resource", "app"].Body.In("properties").In("functionAppConfig").In("runtime");

        Assert.Equal($"{runtime["name"].Literal} {runtime["version"].Literal}", Runtime().Match(s_scripts).Groups["runtime"].Value);
    }

    [Fact]
    public void Every_secret_that_the_settings_can_refer_to_is_explained()
    {
        var secrets = new DeployedSettings(("boardsPersonalAccessToken", "true"), ("serviceHookPreviousPassword", "true")).Values.Values
            .Select(value => DeployedSettings.Reference().Match(value)).Where(reference => reference.Success).Select(reference => reference.Groups["secret"].Value).ToList();

        Assert.Equal(4, secrets.Count);
        Assert.All(secrets, secret => Assert.Contains($"\n    {secret}) echo ", s_scripts, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_parameter_that_a_failure_text_names_is_one()
    {
        Assert.All(["baseName", "customRecordsRole", "privateNetworking", "location", "tags", "dryRun"], name =>
        {
            Assert.Contains(name, s_scripts, StringComparison.Ordinal);
            Assert.Contains(Repository.Main.Of("param"), parameter => parameter.Name == name);
        });
    }

    [GeneratedRegex(@"outputs\.(?<name>[A-Za-z]+)\.value", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Output();

    [GeneratedRegex("^providers='(?<names>[^']+)'", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Providers();

    [GeneratedRegex("^runtime='(?<runtime>[^']+)'$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Runtime();
}
