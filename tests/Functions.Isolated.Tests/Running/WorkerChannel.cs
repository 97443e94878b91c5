using System.Collections.Concurrent;
using System.Text.Json;
using Grpc.Core;
using IterationBranches.Functions.Isolated.Tests.Rpc;

namespace IterationBranches.Functions.Isolated.Tests.Running;

/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="Logs">What the worker said during it, as the host shows it.</param>
internal sealed record WorkerResult(string? Error, IReadOnlyList<string> Logs);

/// <summary>A function that the worker has loaded.</summary>
internal sealed record LoadedFunction(string Name, string Id, JsonElement Trigger)
{
    public string Binding => Trigger.GetProperty("name").GetString()!;

    public bool Is(string trigger) => trigger.Equals(Trigger.GetProperty("type").GetString(), StringComparison.OrdinalIgnoreCase);
}

/// <summary>The host's end of the line to one worker: greets it, has its functions loaded, and invokes them.</summary>
internal sealed class WorkerChannel(string appDirectory) : FunctionRpc.FunctionRpcBase, IDisposable
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = [];
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _logs = [];
    private readonly SemaphoreSlim _writing = new(1);
    private IServerStreamWriter<StreamingMessage>? _toWorker;

    /// <summary>Ends when every function is loaded.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Where the worker takes HTTP requests. Only when ready.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>Only when ready.</summary>
    public IReadOnlyList<LoadedFunction> Functions { get; private set; } = [];

    public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        _toWorker = responseStream;
        try
        {
            await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
            {
                OnMessage(message);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The worker has ended.
        }

        foreach (var asked in _asked.Values)
        {
            asked.TrySetException(new IOException("The worker has ended."));
        }
    }

    public async Task<WorkerResult> InvokeAsync(LoadedFunction function, Guid invocationId, TypedData data, IEnumerable<KeyValuePair<string, TypedData>> metadata)
    {
        var id = invocationId.ToString();
        var logs = _logs[id] = [];
        var request = new InvocationRequest
        {
            InvocationId = id,
            FunctionId = function.Id,
            InputData = { new ParameterBinding { Name = function.Binding, Data = data } },
            TraceContext = new(),
        };
        foreach (var (name, value) in metadata)
        {
            request.TriggerMetadata[name] = value;
        }

        var result = (await AskAsync(new StreamingMessage { InvocationRequest = request })).InvocationResponse.Result;
        _logs.TryRemove(id, out _);
        return new(result.Status == StatusResult.Types.Status.Success ? null : result.Exception.Message, [.. logs]);
    }

    /// <summary>As the host does when it stops, or when an invocation takes too long. The invocation answers all the same.</summary>
    public Task CancelAsync(Guid invocationId) => TellAsync(new StreamingMessage { InvocationCancel = new() { InvocationId = invocationId.ToString() } });

    public void Dispose() => _writing.Dispose();

    private void OnMessage(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.StartStream:
                _ = GreetAsync();
                break;
            // What is said outside an invocation the host drops, and what the worker says of itself is no concern of a user's.
            case StreamingMessage.ContentOneofCase.RpcLog when message.RpcLog is { LogCategory: RpcLog.Types.RpcLogCategory.User } log:
                if (_logs.TryGetValue(log.InvocationId, out var lines))
                {
                    lines.Enqueue($"{(log.Level > RpcLog.Types.Level.Information ? $"{log.Level}: " : "")}{log.Message}");
                }

                break;
            default:
                if (_asked.TryRemove(message.RequestId, out var asked))
                {
                    asked.SetResult(message);
                }

                break;
        }
    }

    private async Task GreetAsync()
    {
        try
        {
            var greeting = new WorkerInitRequest { HostVersion = "4.1052.200", FunctionAppDirectory = appDirectory, WorkerDirectory = appDirectory };
            var greeted = (await AskAsync(new StreamingMessage { WorkerInitRequest = greeting })).WorkerInitResponse;
            HttpAddress = new Uri(Checked(greeted, greeted.Result).Capabilities["HttpUri"]);
            var listed = (await AskAsync(new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = appDirectory } })).FunctionMetadataResponse;
            var functions = new List<LoadedFunction>();
            foreach (var function in Checked(listed, listed.Result).FunctionMetadataResults)
            {
                functions.Add(await LoadAsync(function));
            }

            Functions = functions;
            _ready.SetResult();
        }
        catch (Exception failure)
        {
            _ready.SetException(failure);
        }
    }

    private async Task<LoadedFunction> LoadAsync(RpcFunctionMetadata function)
    {
        // What the host makes of the raw bindings.
        var bindings = function.RawBindings.Select(binding => JsonElement.Parse(binding)).ToList();
        foreach (var binding in bindings)
        {
            function.Bindings[binding.GetProperty("name").GetString()!] = new BindingInfo
            {
                Type = binding.GetProperty("type").GetString(),
                Direction = Enum.Parse<BindingInfo.Types.Direction>(binding.GetProperty("direction").GetString()!, ignoreCase: true),
            };
        }

        function.Directory = appDirectory;
        function.FunctionId = Guid.NewGuid().ToString();
        var loaded = (await AskAsync(new StreamingMessage { FunctionLoadRequest = new() { FunctionId = function.FunctionId, Metadata = function } })).FunctionLoadResponse;
        return new(function.Name, Checked(loaded, loaded.Result).FunctionId, bindings.First(binding => binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal)));
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage question)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var asked = _asked[question.RequestId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await TellAsync(question);
        return await asked.Task;
    }

    private async Task TellAsync(StreamingMessage message)
    {
        await _writing.WaitAsync();
        try
        {
            await _toWorker!.WriteAsync(message);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static T Checked<T>(T answer, StatusResult result) => result.Status == StatusResult.Types.Status.Success
        ? answer
        : throw new InvalidOperationException($"{typeof(T).Name}: {result.Exception?.Message}");
}
