using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Testing.Faults;

/// <summary>
/// What Key Vault and PlanetScale may answer to the list of a collection, with status 200: it lags, or its pages shift while
/// they are read. For <see cref="FaultPlan"/>; what is asked for by its own name or id is answered as it is.
/// </summary>
public static class ListFaults
{
    /// <summary>What is new is missing, what is gone is still shown, and what has changed is shown as it was.</summary>
    public static Fault Lags(TimeSpan by) => new ListFault($"lags {by.TotalMinutes:0.##} min", new(by));

    /// <param name="isLeftOut">By the names of the items.</param>
    public static Fault LeavesOut(Func<string, bool> isLeftOut) => new ListFault("leaves out", new(TimeSpan.Zero) { LeavesOut = isLeftOut });

    /// <inheritdoc cref="LeavesOut(Func{string, bool})"/>
    public static Fault LeavesOut(string name) => LeavesOut(other => other == name);

    /// <summary>Something was inserted between two pages: what was the last of one is the first of the next as well.</summary>
    /// <param name="isRepeated">By the names of the items.</param>
    public static Fault Repeats(Func<string, bool> isRepeated) => new ListFault("shows twice", new(TimeSpan.Zero) { Repeats = isRepeated });

    /// <summary>Somebody does something between this page and the next one.</summary>
    public static Fault BeforeNextPage(Action happens) => new ShiftFault(happens);

    private sealed record ListFault(string Name, ListView View) : Fault(Name)
    {
        public override Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            context.Features.Set(View);
            return next(context);
        }
    }

    private sealed record ShiftFault(Action Happens) : Fault("shift the pages")
    {
        public override async Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock)
        {
            await using var answer = await TakeEffectAsync(context, next);
            Happens();
            await answer.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }
}
