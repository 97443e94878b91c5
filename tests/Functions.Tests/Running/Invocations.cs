using IterationBranches.Provisioning;

namespace IterationBranches.Functions.Tests.Running;

internal static class Invocations
{
    public static string Look(string track) => LookMessage.For(track, LookReason.Poll).ToJson();
}
