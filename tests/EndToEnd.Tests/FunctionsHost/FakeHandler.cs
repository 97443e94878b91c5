using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <param name="Target">The path and query as they came over the wire.</param>
public sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A handler in this process: answers as it is told and keeps what it got (but for GET /).</summary>
public sealed class FakeHandler : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<Received> _arrivals = Channel.CreateUnbounded<Received>();
    private readonly ConcurrentQueue<Run> _runs = new();
    private readonly SemaphoreSlim _starts = new(0);

    private FakeHandler()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>The answer to an invocation.</summary>
    public Func<Received, HttpContext, Task> Answer { get; set; } = (_, context) => AnswerJsonAsync(context, "{}");

    public ConcurrentQueue<Received> All { get; } = new();

    /// <summary>Ends when it has been started so often.</summary>
    public async Task WaitForStartsAsync(int count)
    {
        while (_runs.Count < count)
        {
            await _starts.WaitAsync();
        }
    }

    public static async Task<FakeHandler> StartAsync()
    {
        var handler = new FakeHandler();
        await handler._app.StartAsync();
        return handler;
    }

    public static async Task AnswerJsonAsync(HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json);
    }

    /// <summary>Works on until the host hangs up.</summary>
    public static async Task WorkOnAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }

    public IHandlerProcess StartRun(Uri front)
    {
        var run = new Run(new Uri(_app.Urls.First()));
        _runs.Enqueue(run);
        _starts.Release();
        return run;
    }

    /// <summary>The running one ends by itself.</summary>
    public void Exit(int code) => _runs.Last().End(code);

    public ValueTask<Received> NextAsync() => _arrivals.Reader.ReadAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _starts.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (context.Request.Path == "/" && HttpMethods.IsGet(context.Request.Method))
        {
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var received = new Received(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray());
        All.Enqueue(received);
        await _arrivals.Writer.WriteAsync(received);
        await Answer(received, context);
    }

    private sealed class Run(Uri address) : IHandlerProcess
    {
        private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Uri Address => address;

        public int? ProcessId => null;

        public Task<int> Exited => _exited.Task;

        public string LastErrors => "";

        public void Kill() => End(137);

        public void End(int code) => _exited.TrySetResult(code);

        public void Dispose() => Kill();
    }
}
