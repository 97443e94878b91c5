using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IterationBranches.Sandbox.FunctionsHost.Flex;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>One run of the handler.</summary>
public interface IHandlerProcess : IDisposable
{
    Uri Address { get; }

    /// <summary>Null: it has no process of its own.</summary>
    int? ProcessId { get; }

    /// <summary>Ends with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>What it said on stderr last; part of the message of its exit.</summary>
    string LastErrors { get; }

    /// <summary>SIGKILL. Harmless when it is gone already.</summary>
    void Kill();
}

/// <summary>Starts the handler once more. A test has an address in the same process instead.</summary>
/// <param name="front">The address of the HTTP front.</param>
public delegate IHandlerProcess HandlerStarter(Uri front);

public sealed class HandlerProcess : IHandlerProcess
{
    private static readonly TimeSpan OutputDrain = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly HostEvents _events;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HandlerProcess(ProcessStartInfo start, int port, HostEvents events)
    {
        _events = events;
        Address = new Uri($"http://127.0.0.1:{port}");
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => OnLine(HostEventKind.Stdout, line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(HostEventKind.Stderr, line.Data);
        _process.Exited += async (_, _) => await OnExitedAsync();
    }

    public Uri Address { get; }

    public int? ProcessId => _process.Id;

    public Task<int> Exited => _exited.Task;

    public string LastErrors => string.Join(Environment.NewLine, _errors);

    /// <summary>What starts the handler of an app root; its executable is looked for at once.</summary>
    public static HandlerStarter For(string appDirectory, HostJson host, AppSettings settings, HostEvents events, ReadOnlyRoot? readOnly = null)
    {
        var executable = FindExecutable(host.Handler);
        return front =>
        {
            var port = host.HandlerPort ?? FreePort();
            var start = readOnly?.Start(executable, host.Handler.Arguments, host.Handler.WorkingDirectory)
                ?? new ProcessStartInfo(executable, host.Handler.Arguments) { WorkingDirectory = host.Handler.WorkingDirectory };
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.StandardOutputEncoding = Encoding.UTF8;
            start.StandardErrorEncoding = Encoding.UTF8;
            start.UseShellExecute = false;
            start.Environment.Clear();
            foreach (var (name, value) in HandlerEnvironment.Build(settings.Values, appDirectory, front, port, Guid.NewGuid()))
            {
                start.Environment[name] = value;
            }

            var handler = new HandlerProcess(start, port, events);
            handler.Start();
            return handler;
        };
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has exited already.
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    internal static string FindExecutable(HandlerDescription handler)
    {
        var path = Path.Combine(handler.WorkerDirectory, handler.Executable);
        if (OperatingSystem.IsWindows() && !File.Exists(path) && File.Exists(path + ".exe"))
        {
            path += ".exe";
        }

        if (File.Exists(path))
        {
            return MayRun(path) ? path : throw new HostConfigurationException(
                $"The handler {path} exists, but its execute permission is missing: chmod +x it, and keep the bit when the folder is zipped.");
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, handler.Executable))
            .FirstOrDefault(candidate => File.Exists(candidate) && MayRun(candidate));
        return onPath ?? throw new HostConfigurationException(
            $"The handler {path} does not exist (customHandler.description.defaultExecutablePath in host.json), nor is '{handler.Executable}' on the PATH.");
    }

    private static bool MayRun(string path) => OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;

    // Bound, closed and hoped to be free still: so does the real host.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Start()
    {
        try
        {
            _process.Start();
        }
        catch (Win32Exception e)
        {
            throw new HostConfigurationException($"The handler {_process.StartInfo.FileName} cannot be started: {e.Message}");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void OnLine(HostEventKind kind, string? line)
    {
        if (line is null)
        {
            return;
        }

        if (kind is HostEventKind.Stderr)
        {
            _errors.Enqueue(line);
            while (_errors.Count > 3)
            {
                _errors.TryDequeue(out _);
            }
        }

        _events.Tell(kind, null, line);
    }

    private async Task OnExitedAsync()
    {
        var code = _process.ExitCode;
        // Its last words come before its exit, unless a grandchild holds the pipes open.
        using var drain = new CancellationTokenSource(OutputDrain);
        try
        {
            await _process.WaitForExitAsync(drain.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // Held open, or disposed meanwhile.
        }

        _exited.TrySetResult(code);
    }
}
