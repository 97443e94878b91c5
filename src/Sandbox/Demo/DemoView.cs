using System.Globalization;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.StandIns;
using Spectre.Console;

namespace IterationBranches.Sandbox.Demo;

/// <summary>Shows what happens, as it happens, and in the end what is there. It knows no secret's value.</summary>
public sealed class DemoView(IAnsiConsole console)
{
    private readonly Lock _lock = new();

    public void Progress(string text) => Line("grey", "sandbox", text);

    public void Chapter(string title)
    {
        lock (_lock)
        {
            console.WriteLine();
            console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]") { Justification = Justify.Left });
        }
    }

    public void Watch(SandboxCloud cloud)
    {
        foreach (var (name, standIn) in cloud.StandIns.Where(standIn => standIn.StandIn != cloud.Identity))
        {
            standIn.Calls.Added = call => Show(name, call);
        }
    }

    public void Show(HostEvent seen)
    {
        switch (seen.Kind)
        {
            case HostEventKind.Log:
                var color = seen.Text.StartsWith("Error: ", StringComparison.Ordinal) ? "red" : seen.Text.StartsWith("Warning: ", StringComparison.Ordinal) ? "yellow" : "green";
                Line(color, seen.Function ?? "app", seen.Text);
                break;
            case HostEventKind.Stderr or HostEventKind.InvocationFailed or HostEventKind.PoisonMessage or HostEventKind.WorkerExited or HostEventKind.Diagnostic:
                Line("red", seen.Function ?? "app", seen.Text);
                break;
            default:
                // Starts and ends, and what the process says of its start.
                break;
        }
    }

    private void Show(string service, Call call)
    {
        // The first call to a vault carries no token, to be told whose token to bring.
        if (call.IsWrite || (call.Status >= 400 && call is not { Status: 401, Principal: null }))
        {
            Line(call.Status >= 400 ? "yellow" : "blue", service, $"{call.Operation.Replace('_', ' ')} {Short(call.Path)} -> {call.Status}");
        }
    }

    public async Task SummarizeAsync(RunningSandbox sandbox, CancellationToken cancellationToken)
    {
        var outside = new Outside(sandbox.Cloud);
        var table = new Table().Border(TableBorder.Rounded).AddColumns("track", "iteration", "branch", "state", "secret", "alias");
        foreach (var track in Seed.Tracks)
        {
            var alias = await outside.FindAsync(Checks.AliasOf(track), cancellationToken);
            foreach (var (id, name) in sandbox.Seed.NamesOf(track))
            {
                var record = await outside.FindAsync(Checks.SecretName(track, id), cancellationToken);
                table.AddRow(
                    Markup.Escape(track.Name), Markup.Escape(name), Markup.Escape(record?.Tag("branch") ?? "-"), record?.Tag("state") ?? (id == sandbox.Seed.Undated ? "no dates yet" : "not yet due"),
                    record?.Secret.Name ?? "-", record is not null && record.LogIn == alias?.LogIn ? Checks.AliasOf(track) : "");
            }
        }

        lock (_lock)
        {
            console.WriteLine();
            console.Write(table);
            console.WriteLine("An application reads the current sprint's connection through one app setting, which stays the same from sprint to sprint:");
            foreach (var track in Seed.Tracks)
            {
#pragma warning disable CA1849 // A line under the lock; written past the console, which would wrap what is to be copied.
                console.Profile.Out.Writer.WriteLine($"  ConnectionStrings__{track.Name}=@Microsoft.KeyVault(SecretUri={new Uri(sandbox.Cloud.KeyVault.Address, $"secrets/{Checks.AliasOf(track)}")})");
#pragma warning restore CA1849
            }

            console.WriteLine("(in Azure the vault's own address stands there; the sandbox's lives as long as this program)");
        }
    }

    public void Show(IReadOnlyList<Check> checks)
    {
        lock (_lock)
        {
            console.WriteLine();
            foreach (var check in checks)
            {
                console.MarkupLineInterpolated(check.Passed ? (FormattableString)$"[green]ok[/]      {check.Name}" : $"[red]MISSING[/] {check.Name}: {check.Problem!}");
            }

            console.WriteLine();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{checks.Count(check => check.Passed)} of {checks.Count} effects are there."));
        }
    }

    private static string Short(string path) => path.Length <= 90 ? path : $"…{path[^89..]}";

    private void Line(string color, string who, string text)
    {
        lock (_lock)
        {
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{TimeProvider.System.GetLocalNow():HH:mm:ss}[/] [{color}]{who,-18}[/] {text}");
        }
    }
}
