using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Testing.Faults;

public static class StandInFaults
{
    extension(StandIn standIn)
    {
        /// <summary>What the stand-in will do wrong.</summary>
        public FaultPlan Faults => FaultPlan.Of(standIn);
    }
}

/// <summary>The faults to come: each for the n-th call (from 1, counted from when it was added) of an operation, and as many after it as are asked for.</summary>
public sealed class FaultPlan
{
    private static readonly ConditionalWeakTable<StandIn, FaultPlan> s_plans = [];

    private readonly ConcurrentDictionary<string, List<Planned>> _planned = new();

    private FaultPlan()
    {
        // Each stand-in has one: Of.
    }

    /// <summary>Asked, with its operation, about each call for which nothing is planned: for faults at random, or of one resource alone. Null: none has any.</summary>
    public Func<string, HttpRequest, Fault?>? Otherwise { get; set; }

    /// <param name="times">How many calls in a row, so that a client's own repetitions do not get past it.</param>
    public void Add(string operation, Fault fault, int nth = 1, int times = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        var list = _planned.GetOrAdd(operation, _ => []);
        lock (list)
        {
            list.Add(new(fault, nth - 1, times));
        }
    }

    /// <summary>The one plan of the stand-in, which asks it before every call.</summary>
    public static FaultPlan Of(StandIn standIn) => s_plans.GetValue(standIn, planned =>
    {
        var plan = new FaultPlan();
        planned.Interfere = plan.Take;
        return plan;
    });

    private Fault? Take(string operation, HttpRequest request) => TakePlanned(operation) ?? Otherwise?.Invoke(operation, request);

    private Fault? TakePlanned(string operation)
    {
        if (!_planned.TryGetValue(operation, out var list))
        {
            return null;
        }

        lock (list)
        {
            // Of several faults for one call the first that was added is the one.
            var due = list.Find(planned => planned.Before == 0)?.Fault;
            for (var i = list.Count - 1; i >= 0; i--)
            {
                list[i] = list[i].Next;
            }

            list.RemoveAll(planned => planned.Left == 0);
            return due;
        }
    }

    /// <param name="Before">Calls that are still answered well.</param>
    /// <param name="Left">Calls that are not, after them.</param>
    private sealed record Planned(Fault Fault, int Before, int Left)
    {
        public Planned Next => Before > 0 ? this with { Before = Before - 1 } : this with { Left = Left - 1 };
    }
}
