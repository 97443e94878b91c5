using Spectre.Console;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>One readable line for each event.</summary>
public sealed class EventPrinter(IAnsiConsole console)
{
    private readonly Lock _gate = new();

    public void Print(HostEvent told)
    {
        var (color, label) = told.Kind switch
        {
            HostEventKind.WorkerStarted => ("blue", "start"),
            HostEventKind.WorkerExited => ("yellow", "exit"),
            HostEventKind.Stdout => ("grey", "out"),
            HostEventKind.Stderr => ("red", "err"),
            HostEventKind.InvocationStarted => ("grey", "run"),
            HostEventKind.InvocationSucceeded => ("green", "ok"),
            HostEventKind.InvocationFailed => ("red", "failed"),
            HostEventKind.Log => ("default", "log"),
            HostEventKind.PoisonMessage => ("red", "poison"),
            HostEventKind.Diagnostic => ("yellow", "note"),
            _ => ("yellow", "stop"),
        };
        var line = $"{told.At.UtcDateTime:HH:mm:ss.fff} {label,-6} {(told.Function is null ? "" : $"[{told.Function}] ")}{told.Text}";
        lock (_gate)
        {
            console.WriteLine(line, new Style(Style.Parse(color).Foreground));
        }
    }
}
