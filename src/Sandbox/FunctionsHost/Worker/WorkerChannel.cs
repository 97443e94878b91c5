using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Grpc.Core;
using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;

namespace IterationBranches.Sandbox.FunctionsHost.Worker;

/// <summary>A line that the worker said in an invocation, as the host shows it.</summary>
public delegate void WorkerLine(string invocationId, string line);

/// <summary>The line to one run of a worker: greets it, has its functions loaded, and invokes them.</summary>
/// <param name="said">Told each line at once.</param>
public sealed class WorkerChannel(string appDirectory, WorkerLine said)
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = [];
    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>(new() { SingleReader = true });
    private readonly Dictionary<string, string> _functionIds = [];

    /// <summary>Ends when every function is loaded; fails when the worker refuses, or ends before.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Where the worker takes HTTP requests. Only when ready.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>The names of the functions that the worker has loaded. Only when ready.</summary>
    public IReadOnlyCollection<string> Functions => _functionIds.Keys;

    /// <returns>Why it failed; null when it did not.</returns>
    /// <exception cref="WorkerGoneException">The worker ended meanwhile.</exception>
    public async Task<string?> InvokeAsync(FunctionMetadata function, Guid invocationId, TypedData data, IEnumerable<KeyValuePair<string, TypedData>> metadata)
    {
        var request = new InvocationRequest
        {
            InvocationId = invocationId.ToString(),
            FunctionId = _functionIds[function.Name],
            InputData = { new ParameterBinding { Name = function.Binding, Data = data } },
            TraceContext = new(),
        };
        foreach (var (name, value) in metadata)
        {
            request.TriggerMetadata[name] = value;
        }

        var result = (await AskAsync(new StreamingMessage { InvocationRequest = request })).InvocationResponse.Result;
        return result.Status == StatusResult.Types.Status.Success ? null : Told(result.Exception);
    }

    /// <summary>As the host does when it stops, or when an invocation takes too long. The invocation answers all the same.</summary>
    public void Cancel(Guid invocationId) => Tell(new StreamingMessage { InvocationCancel = new() { InvocationId = invocationId.ToString() } });

    internal async Task TalkAsync(IAsyncStreamReader<StreamingMessage> fromWorker, IServerStreamWriter<StreamingMessage> toWorker, CancellationToken cancellationToken)
    {
        var writing = WriteAsync(toWorker);
        _ = GreetAsync();
        try
        {
            await foreach (var message in fromWorker.ReadAllAsync(cancellationToken))
            {
                OnMessage(message);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The worker has ended.
        }

        End();
        await writing;
    }

    /// <summary>Whoever waits for the worker is told that it is gone.</summary>
    internal void End()
    {
        _toWorker.Writer.TryComplete();
        foreach (var asked in _asked.Values)
        {
            asked.TrySetException(new WorkerGoneException());
        }
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> toWorker)
    {
        try
        {
            await foreach (var message in _toWorker.Reader.ReadAllAsync())
            {
                await toWorker.WriteAsync(message);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The worker has ended.
        }
    }

    private void OnMessage(StreamingMessage message)
    {
        // What is said outside an invocation the host drops, and what the worker says of itself is no concern of a user's.
        if (message.RpcLog is { LogCategory: RpcLog.Types.RpcLogCategory.User, InvocationId.Length: > 0 } log)
        {
            said(log.InvocationId, $"{(log.Level > RpcLog.Types.Level.Information ? $"{log.Level}: " : "")}{log.Message}");
        }
        else if (_asked.TryRemove(message.RequestId, out var asked))
        {
            asked.SetResult(message);
        }
    }

    private async Task GreetAsync()
    {
        try
        {
            var greeting = new WorkerInitRequest { HostVersion = FunctionsHost.Version, FunctionAppDirectory = appDirectory, WorkerDirectory = appDirectory };
            var greeted = (await AskAsync(new StreamingMessage { WorkerInitRequest = greeting })).WorkerInitResponse;
            HttpAddress = new Uri(Checked(greeted, greeted.Result).Capabilities["HttpUri"]);
            var listed = (await AskAsync(new StreamingMessage { FunctionsMetadataRequest = new() { FunctionAppDirectory = appDirectory } })).FunctionMetadataResponse;
            foreach (var function in Checked(listed, listed.Result).FunctionMetadataResults)
            {
                await LoadAsync(function);
            }

            _ready.SetResult();
        }
        catch (Exception failure) when (failure is WorkerGoneException or HostConfigurationException or KeyNotFoundException)
        {
            _ready.SetException(failure);
        }
    }

    private async Task LoadAsync(RpcFunctionMetadata function)
    {
        // What the host makes of the raw bindings.
        foreach (var binding in function.RawBindings.Select(binding => JsonElement.Parse(binding)))
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
        _functionIds[function.Name] = Checked(loaded, loaded.Result).FunctionId;
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage question)
    {
        question.RequestId = Guid.NewGuid().ToString();
        var asked = _asked[question.RequestId] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Tell(question))
        {
            asked.TrySetException(new WorkerGoneException());
        }

        return await asked.Task;
    }

    /// <summary>As the host shows an exception of its worker: with the stack, if one comes along.</summary>
    private static string Told(Rpc.RpcException exception) =>
        exception.StackTrace.Length == 0 ? exception.Message : $"{exception.Message}{Environment.NewLine}Stack: {exception.StackTrace}";

    private bool Tell(StreamingMessage message) => _toWorker.Writer.TryWrite(message);

    private static T Checked<T>(T answer, StatusResult result) => result.Status == StatusResult.Types.Status.Success
        ? answer
        : throw new HostConfigurationException($"The worker refused: {typeof(T).Name}: {result.Exception?.Message}");
}

/// <summary>The worker process ended while something was asked of it.</summary>
public sealed class WorkerGoneException() : Exception("The worker is not running, or died during the invocation.");
