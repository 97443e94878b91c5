using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Testing.Faults;

/// <summary>What Azure DevOps' answers may have besides, for <see cref="FaultPlan"/>.</summary>
public static class BoardsFaults
{
    /// <summary>Some of its answers begin with a byte order mark.</summary>
    public static Fault ByteOrderMark() => new ByteOrderMarkFault();

    /// <summary>What who uses too much of an organization gets: a slow answer, still 200, that asks for a pause.</summary>
    /// <param name="delay">By the stand-in's clock.</param>
    /// <param name="retryAfter">The pause asked for before the next request, in whole seconds.</param>
    public static Fault AskForPause(TimeSpan delay, TimeSpan retryAfter) => new PauseFault(delay, retryAfter);

    private sealed record ByteOrderMarkFault() : Fault("byte order mark")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            await using var answer = await TakeEffectAsync(context, next);
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetPreamble().AsMemory(), context.RequestAborted);
            await answer.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private sealed record PauseFault(TimeSpan Delay, TimeSpan RetryAfter) : Fault("ask for a pause")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, clock, context.RequestAborted);
            }

            var headers = context.Response.Headers;
            headers.RetryAfter = ((long)Math.Ceiling(RetryAfter.TotalSeconds)).ToString();
            headers["X-RateLimit-Resource"] = "core";
            headers["X-RateLimit-Delay"] = Delay.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
            headers["X-RateLimit-Limit"] = "200";
            headers["X-RateLimit-Remaining"] = "0";
            headers["X-RateLimit-Reset"] = (clock.GetUtcNow() + RetryAfter).ToUnixTimeSeconds().ToString();
            await next(context);
        }
    }
}
