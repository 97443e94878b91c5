using System.Diagnostics;
using System.Text.Json.Nodes;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Infra.Tests.Templates;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>What a script printed, and how it ended.</summary>
public sealed record ScriptResult(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;

    public override string ToString() => $"exit code {ExitCode}\n{Output}{Errors}";
}

/// <summary>The scripts of <c>infra/</c> as an operator runs them, on a PATH where az and curl are stand-ins.</summary>
public sealed class DeploymentRig : IAsyncDisposable
{
    public const string Group = "iteration-branches";

    private DeploymentRig()
    {
        Folder = Directory.CreateTempSubdirectory("deploying-").FullName;
        Bin = Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName;
        Temporary = Directory.CreateDirectory(Path.Combine(Folder, "tmp")).FullName;
        Parameters = Path.Combine(Folder, "main.bicepparam");
        PackageFile = Path.Combine(Folder, "iteration-branches.zip");
    }

    public AzureStandIn Azure { get; } = new();

    public AzureState State => Azure.State;

    public string Folder { get; }

    /// <summary>First on the PATH.</summary>
    public string Bin { get; }

    /// <summary>Where the scripts put what they need for a moment.</summary>
    public string Temporary { get; }

    public string Parameters { get; }

    public string PackageFile { get; }

    public static async Task<DeploymentRig> StartAsync()
    {
        var rig = new DeploymentRig();
        await rig.Azure.StartAsync();
        foreach (var tool in new[] { "az", "curl" })
        {
            rig.Install(tool, await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "Infra.Tests", "Deploying", "StandIns", tool)));
        }

        await File.WriteAllTextAsync(rig.Parameters, "using './main.bicep'\nparam baseName = 'itbranches'\n");
        Package.Write(rig.PackageFile);
        return rig;
    }

    /// <summary>With the secrets in the vault: what every deployment but the first finds.</summary>
    public static async Task<DeploymentRig> StartWithSecretsAsync()
    {
        var rig = await StartAsync();
        rig.State.Secrets["planetscale-service-token"] = "pscale_tkn_of-a-test";
        rig.State.Secrets["service-hook-password"] = "hook-password-of-a-test";
        return rig;
    }

    /// <summary>Puts a command on the PATH.</summary>
    public void Install(string tool, string text)
    {
        var path = Path.Combine(Bin, tool);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The first call of these ends with the error; the next one does what it does.</summary>
    public void RefuseOnce(Func<AzInvocation, bool> which, string error)
    {
        var isRefused = false;
        Azure.Others = call => !isRefused && which(call) && (isRefused = true) ? throw new AzException(1, error) : Task.FromResult<JsonNode?>(null);
    }

    /// <summary>infra/deploy.sh with what it must have, and with more.</summary>
    public Task<ScriptResult> DeployAsync(params string[] more) => DeployAsync("", more);

    /// <param name="input">Its standard input.</param>
    public Task<ScriptResult> DeployAsync(string input, string[] more) => RunAsync(
        "infra/deploy.sh",
        ["--resource-group", Group, "--location", "westeurope", "--parameters", Parameters, "--package", PackageFile, .. more],
        input);

    /// <param name="script">Below the repository's root.</param>
    public Task<ScriptResult> RunAsync(string script, IEnumerable<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null) =>
        RunBashAsync([Path.Combine(Repository.Root, script), .. arguments], input, environment);

    public async Task<ScriptResult> RunBashAsync(IEnumerable<string> arguments, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("bash", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        start.Environment["REAL_CURL"] = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "curl")).First(File.Exists);
        start.Environment["PATH"] = Bin + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        start.Environment["AZURE_URL"] = Azure.Address.GetLeftPart(UriPartial.Authority);
        start.Environment["DEPLOY_WAIT_SECONDS"] = "0";
        start.Environment["TMPDIR"] = Temporary;
        using var process = Process.Start(start)!;
        var (exitCode, output, errors) = await process.EndAsync(input);
        return new(exitCode, output, errors);
    }

    /// <summary>The commands of az that were called, without repetitions that follow each other.</summary>
    public IReadOnlyList<string> Commands => [.. Azure.Invocations
        .Select(call => call.Command == "rest" ? $"rest {call.Get("--method")} {call.Get("--url").Split('?')[0].Split('/')[^1]}" : call.Command)
        .Aggregate(new List<string>(), (list, command) =>
        {
            if (list.Count == 0 || list[^1] != command)
            {
                list.Add(command);
            }

            return list;
        })];

    public int Count(string command) => Azure.Invocations.Count(call => call.Command == command);

    /// <summary>Whatever a test is about: no call was one that the CLI or a service would not understand, and no file is left behind.</summary>
    public async ValueTask DisposeAsync()
    {
        var left = Directory.GetFileSystemEntries(Temporary);
        await Azure.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        Assert.Empty(Azure.Misuses);
        Assert.Empty(left);
    }
}
