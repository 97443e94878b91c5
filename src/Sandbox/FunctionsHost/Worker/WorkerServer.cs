using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Sandbox.FunctionsHost.Worker;

/// <summary>
/// The host's end of the line to its workers (https://github.com/Azure/azure-functions-language-worker-protobuf). A worker says who
/// it is in its first message, and has a channel of its own from then on.
/// </summary>
public sealed class WorkerServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    public WorkerServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(this);
        // Without TLS a server cannot tell HTTP/2, which gRPC needs, from HTTP/1.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, grpc => grpc.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    /// <summary>Where workers find the host. Only after <see cref="StartAsync"/>.</summary>
    public Uri Address => new(_app.Urls.First());

    /// <summary>Those that may come, by the id that they were started with.</summary>
    internal ConcurrentDictionary<string, WorkerChannel> Expected { get; } = [];

    public Task StartAsync() => _app.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Service(WorkerServer server) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
        {
            if (await requestStream.MoveNext(context.CancellationToken)
                && requestStream.Current is { ContentCase: StreamingMessage.ContentOneofCase.StartStream } first
                && server.Expected.TryRemove(first.StartStream.WorkerId, out var channel))
            {
                await channel.TalkAsync(requestStream, responseStream, context.CancellationToken);
            }
        }
    }
}
