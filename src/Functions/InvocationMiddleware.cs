using IterationBranches.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions;

/// <summary>
/// What all invocations have in common: with wrong settings none runs but the doctor; none outlasts its deadline; and a failure
/// reaches the host as its reason, without a stack.
/// </summary>
internal sealed partial class InvocationMiddleware(Settings settings, TimeProvider clock, ILoggerFactory loggers) : IFunctionsWorkerMiddleware
{
    /// <summary>
    /// However slow the others are, an invocation ends before the host's <c>functionTimeout</c> (5 minutes), after which the host may
    /// restart the worker with all that it does. To be cut off is no worse than the crash that every step allows for.
    /// </summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(4);

    /// <exception cref="InvocationFailedException">The invocation failed, with its reason, which is all that the host needs.</exception>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var function = context.FunctionDefinition.Name;
        if (await FindFailureAsync(function, context, next) is not { } failure)
        {
            return;
        }

        LogFailed(loggers.CreateLogger(function), function, failure);
        if (settings.AppProblems.Count > 0 && context.GetHttpContext() is not null)
        {
            // Azure DevOps sends the event again, to settings that may be right by then.
            context.GetInvocationResult().Value = HookAnswer.Because(StatusCodes.Status503ServiceUnavailable, "the app's settings are wrong; its log names them");
            return;
        }

        throw new InvocationFailedException(failure);
    }

    private async Task<string?> FindFailureAsync(string function, FunctionContext context, FunctionExecutionDelegate next)
    {
        if (settings.AppProblems is { Count: > 0 } problems && function != nameof(Doctor))
        {
            return $"the settings are wrong: {string.Join("; ", problems)}";
        }

        using var deadline = new CancellationTokenSource(s_longest, clock);
        var clientLeft = context.GetHttpContext()?.RequestAborted ?? CancellationToken.None;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.CancellationToken, clientLeft);
        try
        {
            await next(new CancelledContext(context, either.Token));
            return null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return $"not done after {s_longest.TotalMinutes:0} minutes; it will be tried again";
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested || clientLeft.IsCancellationRequested)
        {
            return "the host cancelled it; it will be tried again";
        }
        catch (ServiceException known)
        {
            return known.Message;
        }
#pragma warning disable CA1031 // Whatever it is, the host gets a reason; the type and the place are what a maintainer needs.
        catch (Exception unknown)
        {
            return $"{unknown.GetType().Name}: {unknown.Message} {unknown.StackTrace?.ReplaceLineEndings(" ")}";
        }
#pragma warning restore CA1031
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Function} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string reason);
}

/// <summary>The invocation fails for a reason that is already in its message; no stack goes with it.</summary>
public sealed class InvocationFailedException(string message) : Exception(message)
{
    public override string? StackTrace => null;
}
