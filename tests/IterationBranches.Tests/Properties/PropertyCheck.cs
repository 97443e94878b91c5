using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using IterationBranches.Provisioning;
using Microsoft.FSharp.Core;
using Xunit.Sdk;

namespace IterationBranches.Tests.Properties;

/// <summary>Holds a property against generated worlds: the same ones in each run, unless <see cref="SeedVariable"/> says otherwise.</summary>
internal static class PropertyCheck
{
    /// <summary>A number; <c>random</c> for other worlds each time. A failure says which it was.</summary>
    public const string SeedVariable = "PROPERTY_SEED";

    /// <summary>How many worlds; 2,000 when not set.</summary>
    public const string CountVariable = "PROPERTY_WORLDS";

    private const ulong Usual = 42;

    public static void ForAllWorlds(Action<World> holds) => ForAll(Worlds.Any, holds, Worlds.Text);

    public static void ForAll<T>(Arbitrary<T> arbitrary, Action<T> holds, Func<T, string> text)
    {
        var seed = Environment.GetEnvironmentVariable(SeedVariable) switch
        {
            null or "" => Usual,
            "random" => (ulong)System.Random.Shared.NextInt64(),
            var given => ulong.Parse(given, CultureInfo.InvariantCulture),
        };
        var count = Environment.GetEnvironmentVariable(CountVariable) is { Length: > 0 } wanted ? int.Parse(wanted, CultureInfo.InvariantCulture) : 2000;
        // The last one that fails is the smallest: it is remembered here, because FsCheck prints a world's type alone.
        (T Value, Exception Failure)? smallest = null;
        var property = Prop.ForAll(arbitrary, value =>
        {
            try
            {
                holds(value);
                return true;
            }
            catch (Exception failure)
            {
                smallest = (value, failure);
                return false;
            }
        });
        var config = Config.QuickThrowOnFailure
            .WithMaxTest(count)
            .WithQuietOnSuccess(true)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None)));
        try
        {
            Check.One(config, property);
        }
        catch (Exception) when (smallest is not null)
        {
            var (value, failure) = smallest.Value;
            throw new XunitException($"{failure.Message}\nin the world ({SeedVariable}={seed})\n{text(value)}", failure);
        }
    }
}
