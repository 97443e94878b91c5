using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using IterationBranches.Configuration;
using IterationBranches.Sandbox;
using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

namespace IterationBranches.Cli.Tests;

/// <summary>The README and the documents that it leads to say what is so.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_root = PublishedApp.FindRepository();
    private static readonly string s_readme = Read("README.md");

    public static TheoryData<string> Commands_of_the_README =>
        [.. ShellBlock().Matches(s_readme + Read("docs/cli.md") + Read("docs/settings.md") + Read("docs/behaviour.md")).SelectMany(block => block.Groups["lines"].Value.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0).Distinct()];

    [Theory]
    [MemberData(nameof(Commands_of_the_README))]
    public void A_command_of_the_README_is_one_that_runs(string command)
    {
        const string app = "iteration-branches ";
        const string sandbox = "dotnet run --project src/Sandbox";
        if (command.StartsWith(app, StringComparison.Ordinal))
        {
            Assert.Empty(Commands.Parse([.. CommandLineParser.SplitCommandLine(command[app.Length..])]).Errors);
        }
        else if (command.StartsWith(sandbox, StringComparison.Ordinal))
        {
            Assert.Empty(SandboxCommands.Parse(command[sandbox.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(part => part == "--").ToArray()).Errors);
        }
        else
        {
            // What is neither is run on every change, word for word.
            Assert.Contains(command, File.ReadAllText(Path.Combine(s_root, ".ci", "run")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_README_has_its_two_commands()
    {
        Assert.Contains("\ndotnet run --project src/Sandbox\n", s_readme, StringComparison.Ordinal);
        Assert.Contains("\ndotnet test Functions.sln\n", s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_README_can_be_read_in_five_minutes()
    {
        Assert.InRange(s_readme.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length, 1, 1100);
    }

    [Theory]
    [InlineData("Common settings")]
    [InlineData("Settings of a track")]
    public void Every_setting_has_its_row_and_every_row_is_a_setting(string heading)
    {
        IEnumerable<string> inCode = heading == "Common settings" ? SettingsLoader.Names.Concat(["Tracks__NAME__…", "TrackDefaults__…"]) : TrackReader.Names();
        var section = Read("docs/settings.md").Split("\n## ").Single(section => section.StartsWith(heading, StringComparison.Ordinal));

        Assert.Equal(
            inCode.Order(StringComparer.Ordinal),
            SettingRow().Matches(section).SelectMany(row => row.Groups["name"].Captures).Select(name => name.Value).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string> Documents => [.. new[] { "", "docs", "infra", "samples/AspNetCore" }
        .SelectMany(folder => Directory.GetFiles(Path.Combine(s_root, folder), "*.md")).Select(path => Path.GetRelativePath(s_root, path))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_file_and_heading_that_a_document_links_to_is_there(string document)
    {
        var path = Path.Combine(s_root, document);
        foreach (Match link in LocalLink().Matches(File.ReadAllText(path)))
        {
            var (file, anchor) = (link.Groups["path"].Value, link.Groups["anchor"].Value);
            var target = file.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, file);

            Assert.True(Path.Exists(target), $"{document} links to {file}");
            Assert.True(anchor.Length == 0 || Markdown.Anchors(File.ReadAllText(target)).Contains(anchor), $"{document} links to {file}#{anchor}");
        }
    }

    private static string Read(string document) => File.ReadAllText(Path.Combine(s_root, document));

    [GeneratedRegex(@"^\| (`(?<name>[^`]+)`(, )?)+ \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingRow();

    [GeneratedRegex(@"^ *```sh\n(?<lines>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#]*)(#(?<anchor>[^)]*))?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LocalLink();
}
