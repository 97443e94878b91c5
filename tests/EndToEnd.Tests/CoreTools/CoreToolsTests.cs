using System.Text.Json;
using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.CoreTools;

namespace IterationBranches.EndToEnd.Tests.CoreTools;

/// <summary>The demo on func: here a stand-in of it, in the project's workflow the real one.</summary>
public sealed class CoreToolsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("core-tools-");

    private static string Func => Path.Combine(PublishedApp.FindRepository(), "tests", "EndToEnd.Tests", "CoreTools", "func");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = 300_000)]
    public async Task Every_effect_of_the_story_is_there_when_func_runs_the_app()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for func is a shell script");
        var seen = Path.Combine(_folder.FullName, "seen");

        var (exitCode, output, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("demo", "--once", "--json", "--func", Wrap(seen)));

        Assert.True(exitCode == 0, output + errors);
        Assert.True(JsonElement.Parse(output).GetProperty("checks").GetArrayLength() >= 40, output);
        var told = await File.ReadAllLinesAsync(seen, TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Path.Combine(told[1], "functions.metadata")), told[1]);
        Assert.Equal(["dotnet-isolated", "0 0 0 1 1 *"], told[2..]);
    }

    [Fact]
    public async Task Without_func_the_demo_says_what_to_install_and_starts_nothing()
    {
        var (exitCode, output, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("demo", "--once", "--func", Path.Combine(_folder.FullName, "nothing")));

        Assert.Equal(1, exitCode);
        Assert.Contains("npm install --global azure-functions-core-tools@4", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_func_that_ends_is_told_with_its_exit_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for func is a shell script");
        using var app = new FunctionsHostTests.AppRoot().Function("Poll", FunctionsHostTests.AppRoot.Timer);
        var func = Path.Combine(_folder.FullName, "func");
        await File.WriteAllTextAsync(func, "#!/bin/sh\necho 'the port is taken' >&2\nexit 3\n", TestContext.Current.CancellationToken);
        MakeExecutable(func);
        var events = new List<string>();
        await using var host = new CoreToolsHost(
            FuncProgram.Find(_folder.FullName), new FunctionsHostOptions { AppDirectory = app.Directory, Settings = app.Settings, OnEvent = told => events.Add(told.Text) }, TimeProvider.System);

        var stopped = await Assert.ThrowsAsync<HostStoppedException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal("func ended with exit code 3.", stopped.Message);
        Assert.Contains("the port is taken", events);
    }

    /// <summary>The stand-in, with what it needs to know of this test.</summary>
    private string Wrap(string seen)
    {
        var path = Path.Combine(_folder.FullName, "func");
        File.WriteAllText(path, $"#!/bin/sh\nSANDBOX='{Path.Combine(AppContext.BaseDirectory, "sandbox.dll")}' FUNC_SEEN='{seen}' exec '{Func}' \"$@\"\n");
        MakeExecutable(path);
        return path;
    }

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
