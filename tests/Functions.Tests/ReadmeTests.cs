using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using IterationBranches.Configuration;
using IterationBranches.Functions.CommandLine;
using IterationBranches.Sandbox;

namespace IterationBranches.Functions.Tests;

/// <summary>The README says what is so.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string s_root = FindRoot();
    private static readonly string s_readme = File.ReadAllText(Path.Combine(s_root, "README.md"));

    public static TheoryData<string> Commands_of_the_README =>
        [.. ShellBlock().Matches(s_readme).SelectMany(block => block.Groups["lines"].Value.Split('\n')).Select(line => line.Trim()).Where(line => line.Length > 0).Distinct()];

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
    public void Every_setting_is_in_the_tables()
    {
        Assert.All(SettingsLoader.Names, name => Assert.Contains($"`{name}`", s_readme, StringComparison.Ordinal));
        Assert.All(TrackReader.Names(), name => Assert.Contains($"`{name}`", s_readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_file_that_the_documents_link_to_is_there()
    {
        foreach (var document in Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md").Append(Path.Combine(s_root, "README.md")))
        {
            foreach (var link in LocalLink().Matches(File.ReadAllText(document)).Select(match => match.Groups["path"].Value))
            {
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, link)), $"{Path.GetFileName(document)} links to {link}");
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"^ *```sh\n(?<lines>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\((?<path>(?!https?:|#)[^)#]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LocalLink();
}
