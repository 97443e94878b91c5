using IterationBranches.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions;

/// <summary>One invocation of a timer or queue function, whatever host calls it.</summary>
public static partial class InvocationRun
{
    /// <summary>
    /// However slow the others are, an invocation ends before the host's <c>functionTimeout</c> (5 minutes), which would
    /// kill every other one too. To be cut off is no worse than the crash that every step allows for.
    /// </summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(4);

    /// <summary>Runs it until it ends or must end. A failure is logged with its reason, and nothing is thrown.</summary>
    /// <param name="invocationId">As the host says it, for the line of a failure, and not repeated when it is no GUID; null where the host ties lines to invocations itself.</param>
    /// <returns>Why it failed; null when it did not.</returns>
    public static async Task<string?> RunAsync(
        string function, string? invocationId, IServiceProvider services, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        var failure = await FindFailureAsync(services, run, cancellationToken);
        if (failure is not null)
        {
            var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(function);
            LogFailed(logger, function, Guid.TryParse(invocationId, out var invocation) ? $"{failure} (invocation {invocation})" : failure);
        }

        return failure;
    }

    private static async Task<string?> FindFailureAsync(IServiceProvider services, Func<CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<Settings>() is { Problems: { Count: > 0 } problems })
        {
            return $"the settings are wrong: {string.Join("; ", problems)}";
        }

        using var deadline = new CancellationTokenSource(s_longest, services.GetRequiredService<TimeProvider>());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await run(either.Token);
            return null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return $"not done after {s_longest.TotalMinutes:0} minutes; it will be tried again";
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return "the host cancelled it; it will be tried again";
        }
        catch (Exception known) when (known is ServiceException or InvocationFailedException)
        {
            return known.Message;
        }
#pragma warning disable CA1031 // Whatever it is, the host must get an answer; the type and the place are what a maintainer needs.
        catch (Exception unknown)
        {
            return $"{unknown.GetType().Name}: {unknown.Message} {unknown.StackTrace?.ReplaceLineEndings(" ")}";
        }
#pragma warning restore CA1031
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Function} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string reason);
}

/// <summary>The invocation fails for a reason that is already in its message.</summary>
public sealed class InvocationFailedException(string message) : Exception(message);
