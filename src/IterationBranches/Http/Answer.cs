using System.Text;

namespace IterationBranches.Http;

/// <summary>A response, read to its end. A class: its text shows no body, which may hold a secret.</summary>
internal sealed class Answer
{
    private readonly HttpResponseMessage _response;

    private Answer(HttpResponseMessage response, ReadOnlyMemory<byte> body, TimeProvider time)
    {
        _response = response;
        Body = body;
        RetryAfter = Http.RetryAfter.Of(response, time);
        Date = response.Headers.Date ?? time.GetUtcNow();
    }

    public int Status => (int)_response.StatusCode;

    public bool IsSuccess => _response.IsSuccessStatusCode;

    public bool IsRedirect => Status is >= 300 and < 400;

    public bool IsJson => _response.Content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    /// <summary>Without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public string Text => Encoding.UTF8.GetString(Body.Span);

    public TimeSpan? RetryAfter { get; }

    /// <summary>The service's clock when it answered; ours when it did not say.</summary>
    public DateTimeOffset Date { get; }

    public string? Header(string name) => _response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    public static async Task<Answer> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new Answer(response, body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body, time);
    }

    public override string ToString() => $"status {Status}";
}
