using System.Text.RegularExpressions;
using IterationBranches.Sandbox.App;

namespace IterationBranches.Samples.Tests;

/// <summary>The code that the documents show is code of the sample, word for word.</summary>
public sealed partial class SnippetTests
{
    private static readonly string s_root = PublishedApp.FindRepository();
    private static readonly string s_sample = string.Join('\n', File.ReadAllLines(Path.Combine(s_root, "samples", "AspNetCore", "ShopApp.cs")).Select(line => line.Trim()));

    [Theory]
    [InlineData("README.md")]
    [InlineData("samples/AspNetCore/README.md")]
    public void Code_that_a_document_shows_is_in_the_sample(string document)
    {
        var blocks = CodeBlock().Matches(File.ReadAllText(Path.Combine(s_root, document)));

        Assert.NotEmpty(blocks);
        Assert.All(blocks, block => Assert.Contains(block.Groups["lines"].Value.Trim(), s_sample, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_file_that_its_README_names_is_there()
    {
        var folder = Path.Combine(s_root, "samples", "AspNetCore");
        var named = SourceFile().Matches(File.ReadAllText(Path.Combine(folder, "README.md"))).Select(file => file.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(
            Directory.GetFiles(folder, "*.cs").Select(Path.GetFileName).Order(StringComparer.Ordinal),
            named.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^```csharp\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("`(?<name>[A-Za-z]+\\.cs)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SourceFile();
}
