using IterationBranches.Configuration;

namespace IterationBranches.Doctor;

/// <summary>One thing to look at. It changes nothing that lasts.</summary>
/// <param name="Name">Of the check, when there is no answer to make one of.</param>
/// <param name="RunAsync">What it finds; a <see cref="ServiceException"/> is a finding too.</param>
public sealed record Probe(string Name, Func<CancellationToken, Task<IReadOnlyList<Check>>> RunAsync)
{
    /// <summary>What to do about a refusal that a person must mend.</summary>
    public Func<ServiceException, string> Mend { get; init; } = _ => "Do what the text says.";

    /// <summary>What is known without asking anybody.</summary>
    public static Probe Of(Check check) => new(check.Name, _ => Task.FromResult<IReadOnlyList<Check>>([check]));
}

/// <summary>The probes of one outside system, which are run side by side with those of the others.</summary>
public interface ISystemProbes
{
    IEnumerable<Probe> Probes();
}

internal static class WrongSettings
{
    /// <summary>Instead of asking a system that the settings do not lead to.</summary>
    /// <param name="prefixes">Of the settings that say where and how.</param>
    /// <returns>Null when they are right.</returns>
    public static Probe? Of(Settings settings, string name, params ReadOnlySpan<string> prefixes)
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var setting in settings.Problems.Select(NameIn))
        {
            foreach (var prefix in prefixes)
            {
                if (setting.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    wrong.Add(setting);
                }
            }
        }

        return wrong.Count == 0 ? null : Probe.Of(Check.Warning(name, $"not looked at, because of {string.Join(" and ", wrong)}", "Correct the settings first."));
    }

    /// <summary>The setting that a problem is about.</summary>
    public static string NameIn(string problem) => problem.Split(": ", 2)[0];
}
