using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using IterationBranches.Sandbox.FunctionsHost.Worker;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>A process of which every line and the end are told.</summary>
public sealed class WatchedProcess : IWorkerProcess
{
    private static readonly TimeSpan s_outputDrain = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WatchedProcess(ProcessStartInfo start, Action<string> output, Action<string> error)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        start.UseShellExecute = false;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Tell(line.Data, output);
        _process.ErrorDataReceived += (_, line) => Tell(line.Data, Remember + error);
        _process.Exited += async (_, _) => await OnExitedAsync();
    }

    public int? ProcessId => _process.Id;

    public Task<int> Exited => _exited.Task;

    public string LastErrors => string.Join(Environment.NewLine, _errors);

    /// <exception cref="HostConfigurationException">It cannot be started.</exception>
    public static WatchedProcess StartNew(ProcessStartInfo start, Action<string> output, Action<string> error)
    {
        var watched = new WatchedProcess(start, output, error);
        try
        {
            watched._process.Start();
        }
        catch (Win32Exception e)
        {
            throw new HostConfigurationException($"{start.FileName} cannot be started: {e.Message}");
        }

        watched._process.BeginOutputReadLine();
        watched._process.BeginErrorReadLine();
        return watched;
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

    private void Remember(string error)
    {
        _errors.Enqueue(error);
        while (_errors.Count > 3)
        {
            _errors.TryDequeue(out _);
        }
    }

    private static void Tell(string? line, Action<string> told)
    {
        if (line is not null)
        {
            told(line);
        }
    }

    private async Task OnExitedAsync()
    {
        var code = _process.ExitCode;
        // Its last words come before its exit, unless a grandchild holds the pipes open.
        using var drain = new CancellationTokenSource(s_outputDrain);
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
