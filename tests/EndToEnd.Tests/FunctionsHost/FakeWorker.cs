using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using IterationBranches.Sandbox.FunctionsHost.Worker;
using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;
using IterationBranches.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>An HTTP request as the worker got it.</summary>
/// <param name="Target">The path and query as they came over the wire.</param>
public sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A worker in this process, which speaks to the host as one does by gRPC, keeps what it is asked, and answers as it is told.</summary>
public sealed class FakeWorker : IAsyncDisposable
{
    private readonly AppRoot _app;
    private readonly WebApplication _http;
    private readonly ConcurrentQueue<Run> _runs = new();
    private readonly SemaphoreSlim _starts = new(0);
    private readonly Channel<InvocationRequest> _arrivals = Channel.CreateUnbounded<InvocationRequest>();

    private FakeWorker(AppRoot app)
    {
        _app = app;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _http = builder.Build();
        _http.Run(ServeAsync);
    }

    /// <summary>What an invocation ends with: null, or why it failed. The token is the host's wish that it end.</summary>
    public Func<InvocationRequest, CancellationToken, Task<string?>> Do { get; set; } = (_, _) => Task.FromResult<string?>(null);

    /// <summary>Lines that each invocation says.</summary>
    public IReadOnlyList<string> Lines { get; set; } = [];

    public RequestDelegate Answer { get; set; } = _ => Task.CompletedTask;

    /// <summary>What it refuses to load the functions with; null: it loads them.</summary>
    public string? Refusal { get; set; }

    public ConcurrentQueue<InvocationRequest> Invocations { get; } = new();

    public ConcurrentQueue<Received> Requests { get; } = new();

    public static async Task<FakeWorker> StartAsync(AppRoot app)
    {
        var worker = new FakeWorker(app);
        await worker._http.StartAsync();
        return worker;
    }

    public Task<IWorkerProcess> RunAsync(Uri host, Guid workerId, Uri front)
    {
        var run = new Run(this, host, workerId);
        _runs.Enqueue(run);
        _starts.Release();
        return Task.FromResult<IWorkerProcess>(run);
    }

    /// <summary>Ends when it has been started so often.</summary>
    public async Task WaitForStartsAsync(int count)
    {
        while (_runs.Count < count)
        {
            Assert.True(await _starts.WaitAsync(Bound.Wait), $"The worker was started {_runs.Count} times, not {count}.");
        }
    }

    /// <summary>The running one ends by itself.</summary>
    public void Exit(int code) => _runs.Last().End(code);

    public Task<InvocationRequest> NextAsync() => _arrivals.Reader.ReadAsync().AsTask().WaitAsync(Bound.Wait);

    public async ValueTask DisposeAsync()
    {
        await _http.DisposeAsync();
        _starts.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Requests.Enqueue(new Received(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray()));
        await Answer(context);
    }

    private sealed class Run : IWorkerProcess
    {
        private readonly FakeWorker _worker;
        private readonly GrpcChannel _channel;
        private readonly AsyncDuplexStreamingCall<StreamingMessage, StreamingMessage> _line;
        private readonly SemaphoreSlim _writing = new(1);
        private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = [];
        private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Run(FakeWorker worker, Uri host, Guid workerId)
        {
            _worker = worker;
            _channel = GrpcChannel.ForAddress(host);
            _line = new FunctionRpc.FunctionRpcClient(_channel).EventStream();
            _ = TalkAsync(workerId);
        }

        public int? ProcessId => null;

        public Task<int> Exited => _exited.Task;

        public string LastErrors => "out of ideas";

        public void Kill() => End(137);

        public void End(int code)
        {
            if (_exited.TrySetResult(code))
            {
                _line.Dispose();
                _channel.Dispose();
            }
        }

        public void Dispose()
        {
            Kill();
            _writing.Dispose();
        }

        private async Task TalkAsync(Guid workerId)
        {
            try
            {
                await TellAsync(new() { StartStream = new() { WorkerId = workerId.ToString() } });
                await foreach (var message in _line.ResponseStream.ReadAllAsync())
                {
                    _ = OnMessageAsync(message);
                }
            }
            catch (Exception ended) when (ended is Grpc.Core.RpcException or ObjectDisposedException or InvalidOperationException)
            {
                // Killed, or the host is gone.
            }
        }

        private async Task OnMessageAsync(StreamingMessage message)
        {
            var success = new StatusResult { Status = StatusResult.Types.Status.Success };
            switch (message.ContentCase)
            {
                case StreamingMessage.ContentOneofCase.WorkerInitRequest:
                    await TellAsync(new() { RequestId = message.RequestId, WorkerInitResponse = new() { Capabilities = { ["HttpUri"] = _worker._http.Urls.First() }, Result = success } });
                    break;
                case StreamingMessage.ContentOneofCase.FunctionsMetadataRequest:
                    var functions = _worker._app.Functions.Select(function => new RpcFunctionMetadata { Name = function.Name, RawBindings = { function.Trigger } });
                    await TellAsync(new() { RequestId = message.RequestId, FunctionMetadataResponse = new() { FunctionMetadataResults = { functions }, Result = success } });
                    break;
                case StreamingMessage.ContentOneofCase.FunctionLoadRequest:
                    var result = _worker.Refusal is { } refusal ? new StatusResult { Status = StatusResult.Types.Status.Failure, Exception = new() { Message = refusal } } : success;
                    // Its name is the id under which it is invoked.
                    await TellAsync(new() { RequestId = message.RequestId, FunctionLoadResponse = new() { FunctionId = message.FunctionLoadRequest.Metadata.Name, Result = result } });
                    break;
                case StreamingMessage.ContentOneofCase.InvocationRequest:
                    await InvokeAsync(message.RequestId, message.InvocationRequest);
                    break;
                case StreamingMessage.ContentOneofCase.InvocationCancel:
                    await _running[message.InvocationCancel.InvocationId].CancelAsync();
                    break;
                default:
                    break;
            }
        }

        private async Task InvokeAsync(string requestId, InvocationRequest request)
        {
            using var cancelled = _running[request.InvocationId] = new();
            _worker.Invocations.Enqueue(request);
            await _worker._arrivals.Writer.WriteAsync(request);
            foreach (var line in _worker.Lines)
            {
                await TellAsync(new() { RpcLog = new() { InvocationId = request.InvocationId, Level = RpcLog.Types.Level.Information, Message = line, LogCategory = RpcLog.Types.RpcLogCategory.User } });
            }

            var failure = await _worker.Do(request, cancelled.Token);
            var result = failure is null ? new StatusResult { Status = StatusResult.Types.Status.Success } : new StatusResult { Status = StatusResult.Types.Status.Failure, Exception = new() { Message = failure } };
            await TellAsync(new() { RequestId = requestId, InvocationResponse = new() { InvocationId = request.InvocationId, Result = result } });
        }

        private async Task TellAsync(StreamingMessage message)
        {
            try
            {
                await _writing.WaitAsync();
                await _line.RequestStream.WriteAsync(message);
                _writing.Release();
            }
            catch (Exception ended) when (ended is Grpc.Core.RpcException or ObjectDisposedException or InvalidOperationException)
            {
                // Killed, or the host is gone: nobody says anything more.
            }
        }
    }
}
