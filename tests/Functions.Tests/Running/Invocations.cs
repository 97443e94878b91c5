using System.Text.Json;
using IterationBranches.Provisioning;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>Invocations as the Functions host writes them.</summary>
internal static class Invocations
{
    public static string Look(string track) => LookMessage.For(track, LookReason.Poll).ToJson();

    /// <summary>The message as a JSON string in a JSON string.</summary>
    public static string Of(string text) => Raw(JsonSerializer.Serialize(text));

    public static string Raw(string data, string metadata = "{}") =>
        $$"""{"Data":{"message":{{JsonSerializer.Serialize(data)}}},"Metadata":{{metadata}}}""";

    /// <summary>A captured invocation, with the name that our function.json gives its binding.</summary>
    public static string Captured(string file) => CapturedRequest.Read(file).Body.Replace("""{"Data":{"msg":""", """{"Data":{"message":""");
}
