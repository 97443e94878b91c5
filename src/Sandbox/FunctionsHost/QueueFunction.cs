using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// Drives one queue function with the code that the real host drives it with, the WebJobs SDK and its queue extension: what they do about
/// polling, batches, renewal, retries and the poison queue, they do here.
/// </summary>
public sealed class QueueFunction : IAsyncDisposable
{
    // Names of this host alone: the attribute below wants constants.
    private const string QueueName = "queue";
    private const string Connection = "QueueConnection";

    private readonly IHost _host;

    /// <param name="storage">The connection string of the storage account.</param>
    public QueueFunction(FunctionMetadata function, QueueTrigger trigger, string storage, HostJson hostJson, Invoker invoker, HostEvents events)
    {
        InQueue = new(storage, trigger.QueueName);
        _host = new HostBuilder()
            .ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection([new("AzureWebJobsStorage", storage), new(Connection, storage), new(QueueName, trigger.QueueName)]))
            .ConfigureWebJobs(jobs =>
            {
                jobs.AddAzureStorageCoreServices();
                jobs.AddAzureStorageQueues(hostJson.Queues);
            })
            .ConfigureLogging(logging => logging.AddProvider(new HostLog(function.Name, events)).SetMinimumLevel(LogLevel.Warning)
                // Not warnings alone: those of the sandbox's other clients in this process come the same way.
                .AddFilter(HostLog.StorageRequests, hostJson.LogsStorageRequests ? LogLevel.Information : LogLevel.None))
            .ConfigureServices(services =>
            {
                services.AddSingleton<ITypeLocator>(new Located());
                services.AddSingleton<IQueueProcessorFactory>(new PoisonWatch(function.Name, events));
                services.AddSingleton(function).AddSingleton(invoker);
                services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
            })
            .Build();
    }

    public QueueMessages InQueue { get; }

    public Task StartAsync(CancellationToken cancellationToken) => _host.StartAsync(cancellationToken);

    /// <summary>Takes nothing more from the queue, and ends when what runs has ended.</summary>
    /// <param name="patience">When cancelled, what still runs is told to end.</param>
    public Task StopAsync(CancellationToken patience) => _host.StopAsync(patience);

    public ValueTask DisposeAsync()
    {
        _host.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What the SDK calls for each message.</summary>
    public sealed class Messages(FunctionMetadata function, Invoker invoker)
    {
        /// <exception cref="FunctionFailedException">What comes of the message is the extension's to decide.</exception>
        [FunctionName("Message")]
        public async Task RunAsync(
            [QueueTrigger($"%{QueueName}%", Connection = Connection)] string message, string id, string popReceipt, long dequeueCount,
            DateTimeOffset insertionTime, DateTimeOffset expirationTime, DateTimeOffset nextVisibleTime, CancellationToken cancellationToken)
        {
            KeyValuePair<string, TypedData>[] metadata =
            [
                new("Id", new() { String = id }), new("PopReceipt", new() { String = popReceipt }), new("DequeueCount", new() { String = $"{dequeueCount}" }),
                new("InsertionTime", new() { String = $"{insertionTime:O}" }), new("ExpirationTime", new() { String = $"{expirationTime:O}" }),
                new("NextVisibleTime", new() { String = $"{nextVisibleTime:O}" }),
            ];
            var result = await invoker.InvokeAsync(function, new TypedData { String = message }, metadata, cancellationToken);
            if (!result.Succeeded)
            {
                throw new FunctionFailedException(result.Error);
            }
        }
    }

    /// <summary>The invocation failed, as it has been told.</summary>
    public sealed class FunctionFailedException(string? message) : Exception(message);

    private sealed class Located : ITypeLocator
    {
        public IReadOnlyList<Type> GetTypes() => [typeof(Messages)];
    }

    /// <summary>Tells what goes to the poison queue.</summary>
    private sealed class PoisonWatch(string function, HostEvents events) : IQueueProcessorFactory
    {
        public QueueProcessor Create(QueueProcessorOptions queueProcessorOptions)
        {
            var processor = new Processor(queueProcessorOptions);
            processor.MessageAddedToPoisonQueueAsync += (_, moved) =>
            {
                events.Tell(HostEventKind.PoisonMessage, function, $"The message {moved.Message.MessageId} is moved to '{moved.PoisonQueue.Name}': it failed {moved.Message.DequeueCount} times.");
                return Task.CompletedTask;
            };
            return processor;
        }

        private sealed class Processor(QueueProcessorOptions options) : QueueProcessor(options);
    }

    /// <summary>What the SDK has to complain of, and of its storage requests what host.json lets through. That a function failed is told already.</summary>
    private sealed class HostLog(string function, HostEvents events) : ILoggerProvider
    {
        public const string StorageRequests = "Azure.Core";

        public ILogger CreateLogger(string categoryName) => new Logger(function, categoryName is StorageRequests ? HostEventKind.Log : HostEventKind.Diagnostic, events);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Logger(string function, HostEventKind kind, HostEvents events) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (exception is not { InnerException: FunctionFailedException })
                {
                    events.Tell(kind, kind is HostEventKind.Log ? null : function, $"{formatter(state, exception)} {exception?.GetBaseException().Message}".TrimEnd());
                }
            }
        }
    }
}
