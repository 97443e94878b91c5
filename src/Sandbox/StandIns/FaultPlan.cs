using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns;

/// <summary>What a stand-in does wrong with one call.</summary>
public abstract record Fault(string Name)
{
    /// <summary>Answers with this status before anything happens.</summary>
    public static Fault Refuse(int status, string? retryAfter = null, string? body = null, string contentType = "application/json") =>
        new RefuseFault(status, retryAfter, body, contentType);

    /// <summary>Takes effect, and then drops the connection so that no answer arrives.</summary>
    public static Fault LoseResponse() => new LoseResponseFault();

    /// <summary>Waits before it takes effect.</summary>
    public static Fault Slow(TimeSpan delay) => new SlowFault(delay);

    internal abstract Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock);

    private sealed record RefuseFault(int Status, string? RetryAfter, string? Body, string ContentType) : Fault($"refuse {Status}")
    {
        internal override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            context.Response.StatusCode = Status;
            if (RetryAfter is not null)
            {
                context.Response.Headers.RetryAfter = RetryAfter;
            }

            if (Body is not null)
            {
                context.Response.ContentType = ContentType;
                await context.Response.WriteAsync(Body, context.RequestAborted);
            }
        }
    }

    private sealed record LoseResponseFault() : Fault("lose response")
    {
        internal override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            var original = context.Response.Body;
            context.Response.Body = Stream.Null;
            await next(context);
            context.Response.Body = original;
            context.Abort();
        }
    }

    private sealed record SlowFault(TimeSpan Delay) : Fault($"slow {Delay.TotalSeconds:0.###} s")
    {
        internal override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            await Task.Delay(Delay, clock, context.RequestAborted);
            await next(context);
        }
    }
}

/// <summary>The faults to come: each for the n-th call (from 1, counted from when it was added) of an operation.</summary>
public sealed class FaultPlan
{
    private readonly ConcurrentDictionary<string, List<(int Remaining, Fault Fault)>> _planned = new();

    public void Add(string operation, Fault fault, int nth = 1)
    {
        var list = _planned.GetOrAdd(operation, _ => []);
        lock (list)
        {
            list.Add((nth, fault));
        }
    }

    internal Fault? Take(string operation)
    {
        if (!_planned.TryGetValue(operation, out var list))
        {
            return null;
        }

        lock (list)
        {
            Fault? due = null;
            for (var i = list.Count - 1; i >= 0; i--)
            {
                var (remaining, fault) = list[i];
                if (remaining > 1)
                {
                    list[i] = (remaining - 1, fault);
                }
                else
                {
                    due = fault;
                    list.RemoveAt(i);
                }
            }

            return due;
        }
    }
}
