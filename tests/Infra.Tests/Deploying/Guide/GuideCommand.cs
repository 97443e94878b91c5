using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using IterationBranches.Infra.Tests.Templates;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>A command of the guide, <c>infra/README.md</c>: a line of one of its shell blocks with those that continue it, or a function.</summary>
/// <param name="NeedsAzure">It says so itself: nothing here can stand in for what it does.</param>
internal sealed partial record GuideCommand(int Number, string Text, bool NeedsAzure)
{
    private const string Marker = "# needs Azure";

    public static string Guide { get; } = File.ReadAllText(Path.Combine(Repository.Root, "infra", "README.md"));

    public static IReadOnlyList<GuideCommand> All { get; } =
    [
        .. ShellBlock().Matches(Guide).SelectMany(block => Command().Matches(block.Groups["lines"].Value))
            .Select((command, number) => new GuideCommand(number, command.Value.TrimEnd(), command.Value.TrimEnd().EndsWith(Marker, StringComparison.Ordinal))),
    ];

    /// <summary>The arguments of each call of the app's own command line in it.</summary>
    public IEnumerable<string[]> OfTheApp => AppCall().Matches(Text).Select(call => CommandLineParser.SplitCommandLine(call.Groups["arguments"].Value).ToArray());

    /// <summary>The arguments of the sandbox, when it is one of its verbs.</summary>
    public string[]? OfTheSandbox => Text.Split(" -- ") is ["dotnet run --project src/Sandbox", var arguments] ? arguments.Split(' ') : null;

    [GeneratedRegex(@"^```sh\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ShellBlock();

    // A function ends with a brace in the first column; a line is continued by a backslash or a pipe.
    [GeneratedRegex(@"^[a-z_]+\(\) \{\n(.*\n)*?\}.*\n|^(.*[\\|]\n)*.+\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"(^|[ |(])iteration-branches (?<arguments>[a-z][^|;\n]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppCall();
}
