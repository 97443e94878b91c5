using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

internal sealed record Reply(int Status, JsonNode? Body = null);

/// <summary>An authenticated request, and the moment at which all of it is looked at.</summary>
internal sealed record Request(HttpRequest Http, ServiceToken Token, RequestBody Body, DateTimeOffset Now)
{
    /// <summary>The base of the links in the answers, so that they lead back here.</summary>
    public string Api => $"{Http.Scheme}://{Http.Host}/v1";

    /// <summary>The moment that a list shows, which may be behind.</summary>
    public DateTimeOffset ListedAt => Now - ListView.Of(Http).Behind;

    public string Route(string name) => (string)Http.RouteValues[name]!;

    /// <summary>What a list shows of what is there.</summary>
    public IReadOnlyList<T> Listed<T>(IReadOnlyList<T> there, History<T> former, Func<T, string> name) => ListView.Of(Http).Show(there, former, Now, name);

    public string? Query(string name) => Http.Query[name] is { Count: > 0 } values ? values[^1] : null;

    public bool? Flag(string name) => Query(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        _ => throw ApiException.InvalidParams($"{name} must be true or false"),
    };

    public int? Number(string name) => Query(name) switch
    {
        null => null,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 => number,
        _ => throw ApiException.InvalidParams($"{name} must be a positive integer"),
    };

    /// <summary>The lifetime, in seconds, that a credential is asked for with; null: without end.</summary>
    public long? Ttl() => Body.Integer("ttl") is var ttl and not (<= 0 or > int.MaxValue) ? ttl : throw ApiException.Unprocessable("Ttl must be greater than 0");

    /// <summary>Which credentials a list is to show.</summary>
    public Func<Credential, bool> Status() => Query("status") switch
    {
        null or "" => _ => true,
        "active" => credential => !credential.IsExpired(Now),
        "expired" => credential => credential.IsExpired(Now),
        "renewable" => credential => credential.IsRenewable(Now),
        _ => throw ApiException.InvalidParams("status must be active, expired or renewable"),
    };
}

/// <summary>The JSON object of a request. A field that is absent, or null, reads as null; one of another type is refused.</summary>
internal sealed record RequestBody(JsonElement Root)
{
    public static RequestBody None { get; } = new(default(JsonElement));

    public static async Task<RequestBody> ReadAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiException(415, "bad_request", "Content-Type must be application/json");
        }

        try
        {
            var root = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return root.ValueKind is JsonValueKind.Object ? new(root) : throw ApiException.BadRequest("The request body must be a JSON object");
        }
        catch (JsonException)
        {
            throw ApiException.BadRequest("The request body is not valid JSON");
        }
    }

    public string? Text(string name) => Field(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.String ? value.GetString()
        : throw ApiException.InvalidParams($"{name} must be a string");

    public bool? Flag(string name) => Field(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw ApiException.InvalidParams($"{name} must be a boolean");

    public long? Integer(string name) => Field(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : throw ApiException.InvalidParams($"{name} must be an integer");

    public IReadOnlyList<string>? Texts(string name) => Field(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw ApiException.InvalidParams($"{name} must be an array of strings");

    private JsonElement? Field(string name) =>
        Root.ValueKind is JsonValueKind.Object && Root.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;
}
