using IterationBranches.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Doctor;

/// <summary>
/// Asks every outside system whether it is reachable, and lets the app do what it must. No probe stops another: each has its
/// time, each system its own places, and the whole ends before anybody between here and the caller gives up.
/// </summary>
public sealed partial class Examination(IdentityProbes identity, IReadOnlyList<ISystemProbes> systems, TimeProvider time, ILogger<Examination> logger)
{
    /// <summary>An identity without its endpoint takes 25 seconds to say so.</summary>
    public static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    /// <summary>Of each system.</summary>
    private const int AtOnce = 4;

    public async Task<Diagnosis> RunAsync(CancellationToken cancellationToken)
    {
        using var whole = new CancellationTokenSource(Longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(whole.Token, cancellationToken);
        var checks = await Task.WhenAll(systems.Select(system => RunAsync(system, either.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        return Diagnosis.Of(identity.Who, [.. checks.SelectMany(some => some)]);
    }

    private async Task<IEnumerable<Check>> RunAsync(ISystemProbes system, CancellationToken whole)
    {
        using var places = new SemaphoreSlim(AtOnce);
        var checks = await Task.WhenAll(system.Probes().ToList().Select(probe => RunAsync(probe, places, whole)));
        return checks.SelectMany(some => some);
    }

    private async Task<IReadOnlyList<Check>> RunAsync(Probe probe, SemaphoreSlim places, CancellationToken whole)
    {
        try
        {
            await places.WaitAsync(whole);
        }
        catch (OperationCanceledException)
        {
            return [Check.Failed(probe.Name, $"not looked at: the {Longest.TotalSeconds:0} seconds of all checks were over", "Mend the other checks first, and ask again.")];
        }

        using var own = new CancellationTokenSource(LongestProbe, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(own.Token, whole);
        try
        {
            // Not only by its token: whoever overlooks that must not hold up the answer.
            return await Task.Run(() => probe.RunAsync(either.Token), CancellationToken.None).WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return [Check.Failed(
                probe.Name, $"no answer within {LongestProbe.TotalSeconds:0} seconds",
                "Ask again; if it stays so, check the address in the settings, and whether network, firewall and private endpoints let the app through.")];
        }
        catch (ServiceException refusal)
        {
            return [Check.Of(probe.Name, refusal, probe.Mend)];
        }
#pragma warning disable CA1031 // Whatever it is, the other checks are answered; its message is left out, for nobody has looked for secrets in it.
        catch (Exception unknown)
        {
            LogUnknown(logger, probe.Name, unknown.GetType().Name, unknown.StackTrace?.ReplaceLineEndings(" "));
            return [Check.Failed(probe.Name, $"could not be looked at ({unknown.GetType().Name})", Transport.WasNotSent(unknown)
                ? $"See whether a setting of {probe.Name} has a form that it cannot have; the app's log has the place."
                : "The app's log has the place; please report it.")];
        }
#pragma warning restore CA1031
        finally
        {
            places.Release();
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Doctor: {Probe}: {Failure} {Where}")]
    private static partial void LogUnknown(ILogger logger, string probe, string failure, string? where);
}
