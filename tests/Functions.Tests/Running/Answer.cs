using System.Net;
using System.Text.Json;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>An answer of the app, read to its end.</summary>
internal sealed record Answer(HttpStatusCode Status, string? MediaType, string Text)
{
    /// <summary>The body; reading it fails the test when it is not a JSON object.</summary>
    public JsonElement Json
    {
        get
        {
            Assert.Equal("application/json", MediaType);
            var json = JsonElement.Parse(Text);
            Assert.Equal(JsonValueKind.Object, json.ValueKind);
            return json;
        }
    }

    public IReadOnlyList<string> Queued => [.. Json.GetProperty("queued").EnumerateArray().Select(track => track.GetString()!).Order(StringComparer.Ordinal)];

    public string? Reason => Json.TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    public static async Task<Answer> OfAsync(HttpResponseMessage response) =>
        new(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());
}
