using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>The bodies of requests and answers.</summary>
/// <remarks>https://learn.microsoft.com/rest/api/keyvault/secrets/set-secret</remarks>
internal static class SecretJson
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <returns>The value, which an update does not have, and the rest.</returns>
    public static async Task<(string? Value, SecretChange Change)> ReadAsync(HttpRequest request)
    {
        Parameters? sent;
        try
        {
            sent = await JsonSerializer.DeserializeAsync<Parameters>(request.Body, s_options, request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            throw KeyVaultRefusal.InvalidValue();
        }

        // The type of the dictionary does not keep JSON's null out.
        if (sent is null || sent.Tags?.ContainsValue(null!) is true)
        {
            throw KeyVaultRefusal.InvalidValue();
        }

        var change = new SecretChange(sent.ContentType, sent.Attributes?.Enabled, Time(sent.Attributes?.Nbf), Time(sent.Attributes?.Exp), sent.Tags);
        SecretRules.Check(change);
        return (sent.Value, change);
    }

    public static Task WriteAsync(HttpContext context, object body) =>
        context.Response.WriteAsJsonAsync(body, s_options, context.RequestAborted);

    public static Task WriteAsync(HttpContext context, KeyVaultRefusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        return WriteAsync(context, new
        {
            Error = new { refusal.Code, refusal.Message, Innererror = refusal.InnerCode is null ? null : new { Code = refusal.InnerCode } },
        });
    }

    private static DateTimeOffset? Time(long? seconds)
    {
        const long latest = 253_402_300_799;
        return seconds switch
        {
            null => null,
            < 0 or > latest => throw KeyVaultRefusal.InvalidValue(),
            { } given => DateTimeOffset.FromUnixTimeSeconds(given),
        };
    }

    private sealed class Parameters
    {
        public string? Value { get; set; }

        public string? ContentType { get; set; }

        public ParameterAttributes? Attributes { get; set; }

        public Dictionary<string, string>? Tags { get; set; }
    }

    private sealed class ParameterAttributes
    {
        public bool? Enabled { get; set; }

        public long? Nbf { get; set; }

        public long? Exp { get; set; }
    }
}
