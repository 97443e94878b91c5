using System.Reflection;
using IterationBranches.Configuration;

namespace IterationBranches.Doctor;

/// <summary>What the settings say, and what is wrong with them.</summary>
internal sealed class SettingsProbes(Settings settings) : ISystemProbes
{
    public IEnumerable<Probe> Probes() => Checks().Select(Probe.Of);

    private IEnumerable<Check> Checks()
    {
        yield return Check.Ok("app", $"Iteration Branches {Version}, .NET {Environment.Version}");
        foreach (var problem in settings.Problems.Concat(settings.HostProblems))
        {
            yield return Check.Failed("settings", problem, MendOf(problem));
        }

        if (settings.Problems.Count + settings.HostProblems.Count == 0)
        {
            yield return Check.Ok("settings", $"right, for {settings.Tracks.Count} tracks");
        }

        foreach (var (track, problem) in settings.TracksOff.SelectMany(off => off.Value.Select(problem => (off.Key, problem))))
        {
            yield return Check.Failed($"track {track}", $"the track is off: {problem}", MendOf(problem));
        }

        if (settings.DryRun)
        {
            yield return Check.Warning("dry run", "plans are logged, and nothing is changed", "Set DryRun to false when the plans are what you want.");
        }

        yield return settings.ServiceHook.Password is null
            ? Check.Warning("service hooks", "off: every one is answered with 401, and new iterations wait for the timer", "Set ServiceHook__Password, and install them: iteration-branches hooks create.")
            : Check.Ok("service hooks", settings.ServiceHook.PreviousPassword is null ? "on" : "on; the previous password is accepted as well");
    }

    private static string Version =>
        typeof(SettingsProbes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "of no version";

    private static string MendOf(string problem) => WrongSettings.NameIn(problem) is var name && problem.Contains("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase)
        ? $"Give the app's identity the role Key Vault Secrets User on the vault that {name} names, see that the secret is there and enabled, and save an app setting: a restart alone fetches nothing."
        : problem.Contains("still reads @Microsoft.", StringComparison.Ordinal) ? $"See in the portal why {name} is not resolved, and save an app setting: a restart alone fetches nothing."
        : problem.Contains(": is missing; the Functions host", StringComparison.Ordinal) ? $"Set the app setting {name}, as in docs/settings.md."
        : $"Correct the app setting {name}.";
}
