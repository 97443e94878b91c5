using System.Diagnostics;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.Flex;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>The rules of Flex Consumption; <see cref="Packaging.FlexTests"/> has the whole app under them.</summary>
public sealed class FlexInstancesTests : IDisposable
{
    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer).Function("Sweep", AppRoot.Timer).Function("Hook", AppRoot.Http);

    public void Dispose() => _app.Dispose();

    [Theory]
    [InlineData("near.txt")]
    [InlineData("./host.json")]
    [InlineData("ABSOLUTE/far.txt")]
    public async Task A_worker_that_writes_into_the_app_root_is_refused(string file)
    {
        var root = await ReadOnlyRoot.FindAsync(_app.Directory);
        Assert.SkipWhen(root is null, "this machine gives a process no mounts of its own");
        var start = root.Start("/bin/sh", ["-c", $"echo x > {file.Replace("ABSOLUTE", _app.Directory, StringComparison.Ordinal)}"], _app.Directory);
        start.RedirectStandardOutput = start.RedirectStandardError = true;

        using var process = Process.Start(start)!;
        var (exitCode, _, errors) = await process.EndAsync();

        Assert.NotEqual(0, exitCode);
        Assert.Contains("Read-only file system", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_written_into_the_app_root_is_found_where_it_cannot_be_refused()
    {
        var before = RootFiles.Of(_app.Directory);
        _app.Write("made.txt", "x").Write("worker.dll", "changed");
        File.Delete(Path.Combine(_app.Directory, "functions.metadata"));

        Assert.Equal(["made.txt was made", "worker.dll was changed", "functions.metadata was deleted"], before.Changes());
    }

    [Fact]
    public void A_group_that_the_app_does_not_have_is_named()
    {
        _app.Settings[FunctionGroups.Setting] = "function:Nobody";

        var error = Assert.Throws<HostConfigurationException>(() =>
            new FunctionsHost(new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings }, TimeProvider.System));

        Assert.Contains("'function:Nobody'", error.Message, StringComparison.Ordinal);
        Assert.Contains("http or function:Poll or function:Sweep", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("function:Poll", "Poll")]
    [InlineData("http", "Hook")]
    public async Task An_instance_serves_its_own_group_alone(string group, string function)
    {
        _app.Settings[FunctionGroups.Setting] = group;
        await using var host = new FunctionsHost(new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings }, TimeProvider.System);

        Assert.Equal(function, Assert.Single(host.Functions).Name);
    }
}
