using System.Text.RegularExpressions;
using IterationBranches.Sandbox;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;
using YamlDotNet.RepresentationModel;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>What of the workflows can be seen without running them: their form, their permissions, and that what they call is there.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string s_repository = PublishedApp.FindRepository();

    // Who may write what; everything else reads at most.
    private static readonly string[] s_writes = ["package: attestations", "package: id-token", "publish: contents"];

    public static TheoryData<string> Files { get; } = [.. Directory.GetFiles(Path.Combine(s_repository, ".github", "workflows")).Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_job_says_where_it_runs_and_for_how_long(string file) => Assert.All(Jobs(file), job =>
        Assert.True(job.Body.Children.ContainsKey("uses") || (job.Body.Children.ContainsKey("runs-on") && job.Body.Children.ContainsKey("timeout-minutes")), job.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_action_is_pinned_to_a_commit_with_its_version_beside_it(string file)
    {
        var used = File.ReadAllLines(PathOf(file)).Where(line => line.Contains("uses:", StringComparison.Ordinal) && !line.Contains("uses: ./", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(used);
        Assert.All(used, line => Assert.Matches(@"^ +(- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Nothing_may_be_written_but_by_the_jobs_that_release(string file)
    {
        var workflow = Read(file);
        var written = Jobs(file)
            .SelectMany(job => Permissions(job.Body).Where(permission => permission.Value == "write").Select(permission => $"{job.Name}: {permission.Key}"))
            .Order(StringComparer.Ordinal);

        Assert.True(workflow.Children.ContainsKey("permissions"), "without permissions, a workflow has those of the repository's settings");
        Assert.All(Permissions(workflow), permission => Assert.Equal("read", permission.Value));
        Assert.Equal(file == "release.yml" ? s_writes : [], written);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void No_text_of_an_event_gets_into_a_script(string file) =>
        Assert.All(Scripts(file), script => Assert.DoesNotContain("${{", script, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_path_of_the_repository_that_is_named_is_there(string file) =>
        Assert.All(Scripts(file).SelectMany(script => PathPattern().Matches(script)), path => Assert.True(Path.Exists(Path.Combine(s_repository, path.Value)), path.Value));

    [Fact]
    public void Every_command_of_the_sandbox_is_one_that_it_has()
    {
        var commands = Files.SelectMany(file => Scripts(file.Data))
            .SelectMany(script => SandboxPattern().Matches(script).Select(match => match.Groups["arguments"].Value))
            .Select(arguments => arguments.Replace("\"", "", StringComparison.Ordinal).Replace("$VERSION", "1.2.3", StringComparison.Ordinal))
            .ToList();

        Assert.Contains("demo --once", commands);
        Assert.Contains("package --output iteration-branches.zip", commands);
        Assert.All(commands, command => Assert.Empty(SandboxCommands.Parse(command.Split(' ')).Errors));
    }

    [Fact]
    public void A_release_has_the_app_the_tool_and_one_file_for_each_system_with_what_is_in_them()
    {
        var release = string.Join('\n', Scripts("release.yml"));

        Assert.Contains("package --version \"$VERSION\" --output \"release/iteration-branches-$VERSION.zip\"", release, StringComparison.Ordinal);
        Assert.Contains("dotnet pack src/Cli ", release, StringComparison.Ordinal);
        Assert.Contains("for runtime in linux-x64 linux-arm64 win-x64 osx-arm64; do", release, StringComparison.Ordinal);
        Assert.Contains("dotnet publish src/Cli ", release, StringComparison.Ordinal);
        Assert.All([DeployableApp.Project, "src/Cli"], project => Assert.Contains($"-- {project}/", release, StringComparison.Ordinal));
    }

    [Fact]
    public void The_packages_of_other_machines_are_looked_at()
    {
        var ci = string.Join('\n', Scripts("ci.yml"));

        Assert.All(DeployableApp.Required, file => Assert.Contains($" {file}", ci, StringComparison.Ordinal));
    }

    [Fact]
    public void The_demo_is_played_on_the_three_systems()
    {
        var matrix = (YamlMappingNode)Jobs("ci.yml").First(job => job.Name == "demo").Body["strategy"]["matrix"];

        Assert.Equal(["macos", "ubuntu", "windows"], ((YamlSequenceNode)matrix["os"]).Select(os => os.ToString().Split('-')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_tools_are_pinned()
    {
        var manifest = File.ReadAllText(Path.Combine(s_repository, ".config", "dotnet-tools.json"));

        Assert.Contains("\"dotnet-CycloneDX\"", manifest, StringComparison.Ordinal);
        Assert.Contains("dotnet tool run dotnet-CycloneDX", string.Join('\n', Scripts("release.yml")), StringComparison.Ordinal);
    }

    private static string PathOf(string file) => Path.Combine(s_repository, ".github", "workflows", file);

    private static YamlMappingNode Read(string file)
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(PathOf(file));
        yaml.Load(text);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<(string Name, YamlMappingNode Body)> Jobs(string file) =>
        ((YamlMappingNode)Read(file)["jobs"]).Select(job => (job.Key.ToString(), (YamlMappingNode)job.Value));

    private static IEnumerable<KeyValuePair<string, string>> Permissions(YamlMappingNode node) =>
        node.Children.TryGetValue("permissions", out var permissions)
            ? ((YamlMappingNode)permissions).Select(permission => KeyValuePair.Create(permission.Key.ToString(), permission.Value.ToString()))
            : [];

    private static IEnumerable<string> Scripts(string file) => Jobs(file)
        .Where(job => job.Body.Children.ContainsKey("steps"))
        .SelectMany(job => (YamlSequenceNode)job.Body["steps"])
        .Cast<YamlMappingNode>()
        .Where(step => step.Children.ContainsKey("run"))
        .Select(step => step["run"].ToString());

    [GeneratedRegex(@"(?<![\w.$/-])(src|tests|docs|\.ci)/[\w./-]+", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"dotnet run --project src/Sandbox -- (?<arguments>.+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SandboxPattern();
}
