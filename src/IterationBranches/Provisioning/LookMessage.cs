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
/// <param name="Verb">One of the constants below.</param>
/// <param name="IterationId">Null, for <c>retry</c> alone: the whole track.</param>
/// <param name="CredentialId">The operation is carried out only while the record names this credential; null: while it names none.</param>
/// <param name="RevokeNow">With <c>rotate</c>: the former credential is deleted as soon as nothing names it, without the grace.</param>
public sealed record LookOperation(
    [property: JsonPropertyName("verb"), JsonRequired] string Verb,
    [property: JsonPropertyName("iterationId")] Guid? IterationId = null,
    [property: JsonPropertyName("credentialId")] string? CredentialId = null,
    [property: JsonPropertyName("revokeNow")] bool RevokeNow = false)
{
    /// <summary>Forget what was refused.</summary>
    public const string Retry = "retry";

    /// <summary>A new credential for an iteration.</summary>
    public const string Rotate = "rotate";

    /// <summary>A new branch for an iteration whose branch is gone.</summary>
    public const string Recreate = "recreate";

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? Problem => Verb switch
    {
        Retry => null,
        Rotate or Recreate when IterationId is null => $"the operation '{Verb}' names no iteration",
        Rotate when CredentialId is null => $"the operation '{Verb}' names no credential",
        Rotate or Recreate => null,
        _ => $"the operation '{Verb}' is not one of this version ({Retry}, {Rotate}, {Recreate})",
    };
}

/// <summary>"Look at this track": the one message on the queue. Nothing in it is believed beyond the track's name.</summary>
/// <param name="AskedAt">Under what time it is noted (<see cref="AskedNote.SentAt"/>); null: it is not.</param>
public sealed partial record LookMessage(
    [property: JsonPropertyName("version"), JsonRequired] int Version,
    [property: JsonPropertyName("track"), JsonRequired] string Track,
    [property: JsonPropertyName("reason"), JsonRequired] LookReason Reason,
    [property: JsonPropertyName("operation")] LookOperation? Operation = null,
    [property: JsonPropertyName("askedAt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AskedAt = null)
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
                { Operation.Problem: { } problem } => (null, problem),
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

    /// <summary>When the message was sent that would be read next; null: none is visible. By the storage account's clock.</summary>
    Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken);

    /// <summary>Puts a message that cannot be handled where it is not lost, with the reason.</summary>
    Task PoisonAsync(string text, string reason, CancellationToken cancellationToken);
}
