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
    }

    public int Status => (int)_response.StatusCode;

    public bool IsSuccess => _response.IsSuccessStatusCode;

    public bool IsJson => _response.Content.Headers.ContentType?.MediaType is { } type
        && (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase));

    /// <summary>Without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public string Text => Encoding.UTF8.GetString(Body.Span);

    public TimeSpan? RetryAfter { get; }

    public string? Header(string name) => _response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The request's property of this type: what was asked for, in the words of a refusal.</summary>
    public T Asked<T>()
        where T : class => _response.RequestMessage?.Options.Select(option => option.Value).OfType<T>().FirstOrDefault()
        ?? throw new InvalidOperationException($"A request has no property of the type {typeof(T).Name}.");

    /// <summary>Waits for nothing: <see cref="RetryHandler"/> has read the body.</summary>
    public static async ValueTask<Answer> ReadAsync(HttpResponseMessage response, TimeProvider time)
    {
        ReadOnlyMemory<byte> body = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        return new Answer(response, body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body, time);
    }

    public override string ToString() => $"status {Status}";
}
