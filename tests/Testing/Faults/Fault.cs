using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Testing.Faults;

/// <summary>What a stand-in does wrong with one call.</summary>
public abstract record Fault(string Name) : Interference(Name)
{
    /// <summary>Answers with this status before anything happens.</summary>
    public static Fault Refuse(int status, string? retryAfter = null, string? body = null, string contentType = "application/json") =>
        new RefuseFault(status, retryAfter, body, contentType);

    /// <summary>Takes effect, and then drops the connection so that no answer arrives.</summary>
    public static Fault LoseResponse() => new LoseResponseFault();

    /// <summary>Waits before it takes effect.</summary>
    public static Fault Slow(TimeSpan delay) => new SlowFault(delay);

    /// <summary>Never answers: the connection stays open until the caller gives up.</summary>
    /// <param name="afterEffect">Whether it takes effect all the same.</param>
    /// <param name="hold">Where it can be seen that a call is there. Nothing lets it go.</param>
    public static Fault TimeOut(bool afterEffect = false, Hold? hold = null) => new TimeOutFault(afterEffect, hold);

    /// <summary>A request on its way: it arrives, and takes effect, when it is let go, though its sender may be long gone.</summary>
    public static Fault HoldRequest(Hold hold) => new HoldFault(hold, AfterEffect: false);

    /// <summary>An answer on its way: the effect is there, and the sender learns of it when it is let go.</summary>
    public static Fault HoldAnswer(Hold hold) => new HoldFault(hold, AfterEffect: true);

    /// <summary>The caller's process dies of it: nothing of it is left to take an answer.</summary>
    /// <param name="kill">Ends the process; done when it is gone.</param>
    /// <param name="afterEffect">Whether the call takes effect first; otherwise it never arrives.</param>
    public static Fault Kill(Func<Task> kill, bool afterEffect) => new KillFault(kill, afterEffect);

    /// <summary>Carries the call out as far as the service is concerned; its answer is kept back.</summary>
    protected static async Task<MemoryStream> TakeEffectAsync(HttpContext context, RequestDelegate next)
    {
        var original = context.Response.Body;
        var answer = new MemoryStream();
        context.Response.Body = answer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = original;
        }

        answer.Position = 0;
        return answer;
    }

    /// <summary>Has the whole request here, so that it can take effect after its connection is gone.</summary>
    private static async Task ReceiveAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        context.Request.Body = body;
        context.RequestAborted = CancellationToken.None;
    }

    private sealed record RefuseFault(int Status, string? RetryAfter, string? Body, string ContentType) : Fault($"refuse {Status}")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
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
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            await using var lost = await TakeEffectAsync(context, next);
            context.Abort();
        }
    }

    private sealed record SlowFault(TimeSpan Delay) : Fault($"slow {Delay.TotalSeconds:0.###} s")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            await Task.Delay(Delay, clock, context.RequestAborted);
            await next(context);
        }
    }

    private sealed record TimeOutFault(bool AfterEffect, Hold? Hold) : Fault(AfterEffect ? "time out after the effect" : "time out")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            if (AfterEffect)
            {
                await using var unsent = await TakeEffectAsync(context, next);
            }

            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = context.RequestAborted.Register(gone.SetResult);
            Hold?.Reach();
            await gone.Task;
        }
    }

    private sealed record KillFault(Func<Task> End, bool AfterEffect) : Fault(AfterEffect ? "kill after the effect" : "kill")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            if (AfterEffect)
            {
                await using var unsent = await TakeEffectAsync(context, next);
            }

            await End();
            context.Abort();
        }
    }

    private sealed record HoldFault(Hold Hold, bool AfterEffect) : Fault(AfterEffect ? "hold the answer" : "hold the request")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            try
            {
                await ReceiveAsync(context);
                if (!AfterEffect)
                {
                    await Hold.StayAsync();
                }

                await using var answer = await TakeEffectAsync(context, next);
                if (AfterEffect)
                {
                    await Hold.StayAsync();
                }

                Hold.Pass();
                await answer.CopyToAsync(context.Response.Body, context.RequestAborted);
            }
            finally
            {
                Hold.Pass();
            }
        }
    }
}
