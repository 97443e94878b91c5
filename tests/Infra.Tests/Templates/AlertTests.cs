using System.Text.RegularExpressions;
using IterationBranches.Provisioning;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>The alerts against the runbook, the functions, and what the app logs.</summary>
public sealed partial class AlertTests
{
    /// <summary>What the Functions host says, not this app: QueueProcessor of the storage extension.</summary>
    private const string OfTheHost = "Moving message to queue";

    private static readonly BicepFile s_file = Repository.Templates["modules/alerts.bicep"];

    internal static IReadOnlyList<ObjectValue> Rules { get; } = [.. ((ArrayValue)s_file["var", "rules"].Value!).Items.Cast<ObjectValue>()];

    public static TheoryData<string> Keys => [.. Rules.Select(rule => rule["key"].Literal!)];

    [Fact]
    public void There_is_one_for_each_thing_that_somebody_must_be_told() =>
        Assert.Equal(["poison", "poll", "provision", "track", "unread", "silent"], Rules.Select(rule => rule["key"].Literal));

    [Theory]
    [MemberData(nameof(Keys))]
    public void An_alert_points_to_the_paragraph_of_the_runbook_that_has_its_title(string key)
    {
        var rule = RuleOf(key);

        Assert.Single(Markdown.Anchors(Repository.Runbook), rule["anchor"].Literal);
        Assert.Equal(rule["anchor"].Literal, Markdown.Anchors($"# {rule["title"].Literal}").Single());
    }

    [Fact]
    public void The_paragraph_is_in_the_description_and_for_programs_in_a_property()
    {
        var properties = s_file["resource", "alerts"].Body.In("properties");

        Assert.EndsWith("${runbookUrl}#${rule.anchor}'", properties["description"].Source, StringComparison.Ordinal);
        Assert.Equal("'${runbookUrl}#${rule.anchor}'", properties.In("actions").In("customProperties")["runbook"].Source);
        Assert.True(File.Exists(Path.Combine(Repository.Root, Repository.Main["param", "runbookUrl"].Value!.Literal!)));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_a_query_looks_for_is_what_the_app_has_and_says(string key)
    {
        var query = QueryOf(key);
        var functions = Function().Matches(query).Select(match => match.Groups["name"].Value).ToList();
        var texts = Text().Matches(query).Select(match => match.Groups["text"].Value).Where(text => text != OfTheHost).ToList();
        if (key == "track")
        {
            texts.AddRange(Choices().Match(query).Groups["choices"].Value.Split('|').Select(text => $"{{Track}}: {text}: "));
        }

        Assert.NotEmpty(functions.Concat(texts));
        Assert.All(functions, function => Assert.Contains(DeclaredFunction.All, declared => declared.Name == function));
        Assert.All(texts, text => Assert.Matches($"""Message = "[^"]*{Regex.Escape(text)}""", Repository.Code));
    }

    /// <summary>With "by" there is no row for silence, and so no alert.</summary>
    [Fact]
    public void The_alert_for_silence_has_something_to_compare_when_there_is_nothing()
    {
        var rule = RuleOf("silent");

        Assert.EndsWith("| summarize n = count()", QueryOf("silent"), StringComparison.Ordinal);
        Assert.Equal(("LessThan", "1"), (rule["operator"].Literal, rule["threshold"].Source));
        Assert.DoesNotContain("Success", QueryOf("silent"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(10, true)]
    public void The_alert_for_a_queue_that_nobody_reads_knows_a_poll_that_put_looks_on_it(int looks, bool isOne)
    {
        var polled = $"Polled {new PollResult(20, [.. Enumerable.Range(1, looks).Select(look => $"track{look}")], [])}";

        Assert.Equal(isOne, Regex.IsMatch(polled, Polled().Match(QueryOf("unread")).Groups["pattern"].Value, RegexOptions.None, TimeSpan.FromSeconds(1)));
    }

    /// <summary>Any run is one, also one that fails; and without "by" there is a row also when nothing is there.</summary>
    [Fact]
    public void The_queue_is_not_read_when_looks_were_put_on_it_and_nothing_has_run()
    {
        var query = QueryOf("unread");

        Assert.EndsWith("| summarize Asked = sum(Asked), Ran = sum(Ran)\n| summarize n = countif(Asked > 0 and Ran == 0)", query, StringComparison.Ordinal);
        Assert.Contains("OperationName == \"ProvisionBranch\" | project Asked = 0, Ran = 1", query, StringComparison.Ordinal);
        Assert.DoesNotContain("Success", query, StringComparison.Ordinal);
        Assert.True(Poller.DeepLookEvery <= TimeSpan.FromHours(1), "in each window there is a poll that puts looks on the queue");
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_query_sees_this_app_alone_and_counts_what_is_compared(string key)
    {
        var query = QueryOf(key);

        Assert.All(Table().Matches(query).Select(match => match.Groups["filter"].Value), filter => Assert.Contains("${appName}", filter, StringComparison.Ordinal));
        Assert.Matches(@"\| summarize n = [a-z]+\(", query);
        Assert.Equal("'n'", ((ArrayValue)s_file["resource", "alerts"].Body.In("properties").In("criteria")["allOf"]).Items.Cast<ObjectValue>().Single()["metricMeasureColumn"].Source);
        Assert.Equal(key == "track" ? ["Track"] : [], ((ArrayValue)RuleOf(key)["dimensions"]).Items.Cast<ObjectValue>().Select(dimension => dimension["name"].Literal));
    }

    [Fact]
    public void Whether_there_was_a_failure_in_each_quarter_of_the_hour_can_be_said_for_the_standard_schedule()
    {
        var rule = RuleOf("track");

        Assert.EndsWith("| summarize n = dcount(bin(TimeGenerated, 15m)) by Track", QueryOf("track"), StringComparison.Ordinal);
        Assert.Equal(("PT1H", "GreaterThanOrEqual", "4"), (rule["window"].Literal, rule["operator"].Literal, rule["threshold"].Source));
    }

    internal static string QueryOf(string key) => string.Join('\n', Line().Matches(RuleOf(key)["query"].Source).Select(line => line.Groups["text"].Value));

    private static ObjectValue RuleOf(string key) => Rules.Single(rule => rule["key"].Literal == key);

    [GeneratedRegex("OperationName == \"(?<name>(?!PutMessage)[A-Za-z]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Function();

    [GeneratedRegex("Message has \"(?<text>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Text();

    [GeneratedRegex("Message matches regex \"(?<pattern>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Polled();

    [GeneratedRegex(@": \((?<choices>[^)]+)\): ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Choices();

    [GeneratedRegex(@"App(Requests|Traces)\s*\| where (?<filter>[^|)\n]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Table();

    [GeneratedRegex(@"^ *'(?<text>.*)'$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Line();
}
