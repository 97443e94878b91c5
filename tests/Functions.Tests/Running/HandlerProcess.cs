using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>The built executable as a process of its own, as the Functions host or an operator starts it.</summary>
internal sealed class HandlerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private HandlerProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <param name="environment">Added to the environment of the tests.</param>
    public static HandlerProcess Start(IEnumerable<KeyValuePair<string, string?>> environment, params string[] args)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "iteration-branches.dll"), .. args])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>A port that is free now; the Functions host finds its own the same way.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs to the end, with nothing on standard input.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<KeyValuePair<string, string?>> environment, params string[] args) =>
        RunWithInputAsync("", environment, args);

    /// <summary>Runs to the end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(string input, IEnumerable<KeyValuePair<string, string?>> environment, params string[] args)
    {
        await using var process = Start(environment, args);
        try
        {
            await process._process.StandardInput.WriteAsync(input);
            process._process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        return await process.EndAsync();
    }

    /// <summary>Asks <c>GET /</c> until anything answers, every 25 ms as the Functions host does; fails when the process ends first.</summary>
    public async Task<HttpClient> ReadyAsync(int port)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (await ticks.WaitForNextTickAsync())
        {
            try
            {
                using var _ = await http.GetAsync("/");
                return http;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // Not yet.
            }
        }

        return http;
    }

    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        await _process.WaitForExitAsync();
        return (_process.ExitCode, await _output, await _error);
    }

    /// <summary>Ends it by SIGTERM, so that what it has written is all there.</summary>
    public async Task<(int ExitCode, string Output, string Error)> TerminateAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGTERM");
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        return await EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
