using System.Diagnostics;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.CrashMatrix;

/// <summary>A process that stands still (SIGSTOP) until this is disposed (SIGCONT), as all do on a machine that is paused. Not on Windows.</summary>
public sealed class PausedProcess : IAsyncDisposable
{
    private readonly int _processId;

    private PausedProcess(int processId) => _processId = processId;

    public static async Task<PausedProcess> PauseAsync(int processId)
    {
        await SignalAsync("STOP", processId);
        return new(processId);
    }

    public ValueTask DisposeAsync() => new(SignalAsync("CONT", _processId));

    // The shell's own kill is there on every system; the signals' numbers differ, and .NET sends neither.
    private static async Task SignalAsync(string signal, int processId)
    {
        using var shell = Process.Start("/bin/sh", ["-c", $"kill -{signal} {processId}"]);
        await shell.WaitForExitAsync().WaitAsync(Bound.Wait);
        if (shell.ExitCode != 0)
        {
            throw new InvalidOperationException($"Process {processId} cannot be sent SIG{signal}: it is gone.");
        }
    }
}
