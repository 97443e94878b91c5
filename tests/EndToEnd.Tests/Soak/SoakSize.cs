using System.Globalization;

namespace IterationBranches.EndToEnd.Tests.Soak;

/// <summary>How much is done: by the environment, so that a small one can be run often.</summary>
/// <param name="FaultShare">Of all remote calls.</param>
internal sealed record SoakSize(int Iterations, int Tracks, int Seed, double FaultShare)
{
    /// <summary>The iterations come in so many portions, as they do over the year.</summary>
    public const int Waves = 5;

    /// <summary><c>SOAK_ITERATIONS</c> (2000), <c>SOAK_TRACKS</c> (50), <c>SOAK_SEED</c> (1), <c>SOAK_FAULTS</c> (5, in percent).</summary>
    public static SoakSize OfEnvironment() => new(
        (int)Number("SOAK_ITERATIONS", 2000), (int)Number("SOAK_TRACKS", 50), (int)Number("SOAK_SEED", 1), Number("SOAK_FAULTS", 5) / 100);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Iterations} iterations over {Tracks} tracks, {FaultShare:P1} faults, seed {Seed}");

    private static double Number(string variable, double standard) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : standard;
}
