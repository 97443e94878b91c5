using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace IterationBranches.Tests.Http;

/// <summary>A request as the peer got it.</summary>
public sealed record PeerRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>The other side of a client. It answers what it was told to, in order and once; any other request fails the test.</summary>
public sealed class HttpPeer : HttpMessageHandler
{
    private readonly Dictionary<string, Queue<Func<CancellationToken, Task<HttpResponseMessage>>>> _answers = new(StringComparer.Ordinal);
    private readonly List<PeerRequest> _received = [];

    public IReadOnlyList<PeerRequest> Received => _received;

    /// <param name="line">Method, path and query, as sent: <c>GET /v1/organizations?page=1</c>.</param>
    public HttpPeer On(string line, params HttpResponseMessage[] answers)
    {
        foreach (var answer in answers)
        {
            On(line, _ => Task.FromResult(answer));
        }

        return this;
    }

    public HttpPeer On(string line, Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (_answers)
        {
            if (!_answers.TryGetValue(line, out var queue))
            {
                _answers.Add(line, queue = new());
            }

            queue.Enqueue(answer);
        }

        return this;
    }

    /// <summary>Every answer that was prepared was asked for.</summary>
    public void AssertAllAsked() => Assert.All(_answers, pair => Assert.True(pair.Value.Count == 0, $"{pair.Key} was not asked {pair.Value.Count} times"));

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var line = $"{request.Method} {request.RequestUri!.PathAndQuery}";
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Func<CancellationToken, Task<HttpResponseMessage>>? answer;
        lock (_answers)
        {
            _received.Add(new PeerRequest(line, Flatten(request.Headers, request.Content?.Headers), body));
            answer = _answers.TryGetValue(line, out var queue) && queue.Count > 0 ? queue.Dequeue() : null;
        }

        Assert.True(answer is not null, $"nobody expected {line}");
        return await answer(cancellationToken);
    }

    private static Dictionary<string, string> Flatten(params HttpHeaders?[] headers) => headers
        .OfType<HttpHeaders>()
        .SelectMany(some => some.NonValidated)
        .ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase);
}

public static class Reply
{
    public static HttpResponseMessage Json(int status, string body, params (string Name, string Value)[] headers) =>
        Text(status, body, "application/json", headers);

    public static HttpResponseMessage Empty(int status, params (string Name, string Value)[] headers) => With(new HttpResponseMessage((HttpStatusCode)status), headers);

    public static HttpResponseMessage Text(int status, string body, string type, params (string Name, string Value)[] headers) =>
        With(new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) }, headers);

    private static HttpResponseMessage With(HttpResponseMessage response, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
        {
            response.Headers.TryAddWithoutValidation(name, value);
        }

        return response;
    }
}
