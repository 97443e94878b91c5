using System.Text.RegularExpressions;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>A function as the code of the app declares it to the host: by its attribute, and by that of its trigger.</summary>
/// <param name="Trigger"><c>Timer</c>, <c>Queue</c> or <c>Http</c>.</param>
/// <param name="Arguments">Of the trigger's attribute.</param>
internal sealed partial record DeclaredFunction(string Name, string Trigger, string Arguments)
{
    public static IReadOnlyList<DeclaredFunction> All { get; } =
    [
        .. Declaration().Matches(Repository.Code)
            .Select(declared => new DeclaredFunction(declared.Groups["name"].Value, declared.Groups["trigger"].Value, declared.Groups["arguments"].Value)),
    ];

    /// <summary>Settings that the host puts in the place of <c>%NAME%</c>.</summary>
    public IEnumerable<string> Settings => Placeholder().Matches(Arguments).Select(setting => setting.Groups["name"].Value);

    [GeneratedRegex(@"\[Function\((nameof\()?(?<name>\w+)(\.Name)?\)?\)\][^\[]*\[(?<trigger>Timer|Queue|Http)Trigger\((?<arguments>[^\]]*)\)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
