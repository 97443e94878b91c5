using System.ComponentModel;
using System.Diagnostics;

namespace IterationBranches.Sandbox.Azurite;

/// <summary>Finds Azurite's server, which npx fetches from npm once and keeps in its cache.</summary>
internal static class AzuritePackage
{
    public const string Version = "3.37.0";

    private const string MissingNode =
        "Node.js with npm was not found: Azurite, the emulator of Azure Storage, runs on it. Install Node.js 20 or newer "
        + "(https://nodejs.org; or 'winget install OpenJS.NodeJS.LTS', 'brew install node', 'apt install nodejs npm') "
        + "and see that 'node --version' and 'npx --version' answer in a new terminal.";

    // Asked for once in a process; two npx that fetch one package at a time break each other's cache.
    private static readonly SemaphoreSlim s_gate = new(1, 1);
    private static string? s_server;

    // npx puts the package's programs at the front of PATH, for the program that it runs. Which folder that is depends on whether
    // the package was in its cache, in this folder, or installed for all; the package itself is near it.
    private const string Locate =
        """
        const { existsSync, readFileSync } = require('fs');
        const { delimiter, join } = require('path');
        for (const folder of (process.env.PATH || process.env.Path).split(delimiter)) {
          for (const near of ['../azurite', 'node_modules/azurite', '../lib/node_modules/azurite']) {
            const found = join(folder, near);
            const description = join(found, 'package.json');
            if (existsSync(description) && JSON.parse(readFileSync(description, 'utf8')).version === process.argv[2]) {
              console.log('found ' + join(found, 'dist/src/azurite.js'));
              process.exit(0);
            }
          }
        }
        console.error('npx did not put azurite on PATH: ' + process.env.PATH);
        process.exit(1);
        """;

    /// <param name="folder">A folder for a file that is needed meanwhile.</param>
    /// <returns>The script that Node is to run.</returns>
    public static async Task<string> FindAsync(string folder, Action<string>? progress, CancellationToken cancellationToken)
    {
        await s_gate.WaitAsync(cancellationToken);
        try
        {
            if (s_server is not null && File.Exists(s_server))
            {
                return s_server;
            }

            using var otherProcesses = await LockAsync(cancellationToken);
            return s_server = await FetchAsync(folder, progress, cancellationToken);
        }
        finally
        {
            s_gate.Release();
        }
    }

    /// <summary>Starts a program, or says how to get it.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new AzuriteException(MissingNode, missing);
        }
    }

    private static async Task<string> FetchAsync(string folder, Action<string>? progress, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "locate.js"), Locate, cancellationToken);
        progress?.Invoke($"Looking for Azurite {Version}; the first time, npx fetches it (about 190 MB)…");
        using var npx = Start(new ProcessStartInfo(OperatingSystem.IsWindows() ? "npx.cmd" : "npx")
        {
            ArgumentList = { "--yes", $"--package=azurite@{Version}", "--", "node", "locate.js", Version },
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        try
        {
            npx.StandardInput.Close();
            var errors = npx.StandardError.ReadToEndAsync(cancellationToken);
            var output = await npx.StandardOutput.ReadToEndAsync(cancellationToken);
            await npx.WaitForExitAsync(cancellationToken);
            const string found = "found ";
            return output.Split('\n').FirstOrDefault(line => line.StartsWith(found, StringComparison.Ordinal))?[found.Length..].Trim()
                ?? throw new AzuriteException($"npx could not fetch azurite@{Version} (exit code {npx.ExitCode}):\n{(await errors).Trim()}");
        }
        finally
        {
            npx.Kill(entireProcessTree: true);
        }
    }

    private static async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"iteration-branches-azurite-{Environment.UserName}.lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }
}
