using System.Text.Json;
using System.Text.Json.Serialization;

namespace IterationBranches.Provisioning;

/// <summary>Why a look was asked for; for the log alone.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LookReason>))]
public enum LookReason
{
    [JsonStringEnumMemberName("poll")]
    Poll,

    [JsonStringEnumMemberName("workitem")]
    WorkItem,

    [JsonStringEnumMemberName("push")]
    Push,

    [JsonStringEnumMemberName("operator")]
    Operator,

    [JsonStringEnumMemberName("continue")]
    Continue,
}

/// <summary>What an operator asked for beside the look.</summary>
/// <param name="Verb"><c>retry</c>; later <c>rotate</c>, <c>retire</c>, <c>adopt</c>.</param>
/// <param name="IterationId">Null: the whole track.</param>
/// <param name="CredentialId">The operation is carried out only while the record names this credential.</param>
public sealed record LookOperation(
    [property: JsonPropertyName("verb"), JsonRequired] string Verb,
    [property: JsonPropertyName("iterationId")] Guid? IterationId = null,
    [property: JsonPropertyName("credentialId")] string? CredentialId = null)
{
    public const string Retry = "retry";
}

/// <summary>"Look at this track": the one message on the queue. Nothing in it is believed beyond the track's name.</summary>
public sealed partial record LookMessage(
    [property: JsonPropertyName("version"), JsonRequired] int Version,
    [property: JsonPropertyName("track"), JsonRequired] string Track,
    [property: JsonPropertyName("reason"), JsonRequired] LookReason Reason,
    [property: JsonPropertyName("operation")] LookOperation? Operation = null)
{
    public const int CurrentVersion = 1;

    public static LookMessage For(string track, LookReason reason) => new(CurrentVersion, track, reason);

    public string ToJson() => JsonSerializer.Serialize(this, LookJson.Default.LookMessage);

    /// <returns>The message; or null and what is wrong with the text.</returns>
    public static (LookMessage? Message, string? Problem) Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, LookJson.Default.LookMessage) switch
            {
                null => (null, "the message is null"),
                { Version: not CurrentVersion } other => (null, $"the message has version {other.Version}; this app reads version {CurrentVersion}"),
                { Track: null or "" } => (null, "the message names no track"),
                { Operation.Verb: not LookOperation.Retry and var verb } => (null, $"the operation '{verb}' is not one of this version ({LookOperation.Retry})"),
                var message => (message, null),
            };
        }
        catch (JsonException wrong)
        {
            return (null, $"the message is not what this app writes ({wrong.Path ?? "$"}, line {wrong.LineNumber}, byte {wrong.BytePositionInLine})");
        }
    }

    [JsonSerializable(typeof(LookMessage))]
    private sealed partial class LookJson : JsonSerializerContext;
}

public interface ILookQueue
{
    /// <param name="delay">Null: visible at once.</param>
    Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken);

    /// <summary>Puts a message that cannot be handled where it is not lost, with the reason.</summary>
    Task PoisonAsync(string text, string reason, CancellationToken cancellationToken);
}
