using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace IterationBranches.Sandbox.Azurite;

/// <summary>Azurite as a process of its own, in memory, on 127.0.0.1, with an account that nobody else knows.</summary>
public sealed class AzuriteProcess : IAsyncDisposable
{
    private static readonly string[] s_services = ["Blob", "Queue", "Table"];

    // Azurite ends with whoever started it, however that ends: the other end of its input is closed then. Ctrl+C is not for it, though
    // the terminal sends it to all: those who use it are to end first.
    private const string Run =
        """
        const end = () => {
          try { require('fs').rmSync(process.cwd(), { recursive: true }); } catch { }
          process.exit(0);
        };
        process.stdin.on('end', end).on('error', end).resume();
        const once = process.once.bind(process);
        process.once = (event, listener) => event === 'SIGINT' ? process.on(event, () => { }) : once(event, listener);
        require(process.argv[1]);
        """;

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly Dictionary<string, Uri> _addresses = [];
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private AzuriteProcess(DirectoryInfo folder, string server, int port)
    {
        _folder = folder;
        _process = AzuritePackage.Start(StartInfo(server, port));
        _reading = Task.WhenAll(ReadOutputAsync(), ReadErrorsAsync());
    }

    public string AccountName { get; } = "sandbox" + RandomNumberGenerator.GetHexString(12, lowercase: true);

    public Uri BlobUri => Endpoint("Blob");

    public Uri QueueUri => Endpoint("Queue");

    public Uri TableUri => Endpoint("Table");

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={_key};BlobEndpoint={BlobUri};QueueEndpoint={QueueUri};TableEndpoint={TableUri};";

    public int ProcessId => _process.Id;

    /// <summary>Where it writes what it cannot help writing; gone when this is disposed.</summary>
    public string Folder => _folder.FullName;

    /// <param name="port">Of the blobs; queues and tables have the next two. 0: any three that are free.</param>
    /// <param name="progress">Told what is waited for: the first start on a machine fetches Azurite.</param>
    /// <exception cref="AzuriteException">Node.js or Azurite cannot be had, or a port is taken.</exception>
    public static async Task<AzuriteProcess> StartAsync(int port = 0, Action<string>? progress = null, CancellationToken cancellationToken = default)
    {
        // What Azurite writes (it does, even in memory) is to be in a folder that goes away with it.
        var folder = Directory.CreateTempSubdirectory("iteration-branches-azurite-");
        AzuriteProcess? azurite = null;
        try
        {
            var server = await AzuritePackage.FindAsync(folder.FullName, progress, cancellationToken);
            progress?.Invoke("Starting Azurite…");
            azurite = new AzuriteProcess(folder, server, port);
            await azurite._listening.Task.WaitAsync(cancellationToken);
            return azurite;
        }
        catch
        {
            if (azurite is null)
            {
                folder.Delete(recursive: true);
            }
            else
            {
                await azurite.DisposeAsync();
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        for (var tries = 1; Directory.Exists(Folder); tries++)
        {
            try
            {
                _folder.Delete(recursive: true);
            }
            catch (IOException) when (tries < 50)
            {
                // Windows holds the folder in which a process ran for a moment after its end.
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private ProcessStartInfo StartInfo(string server, int port)
    {
        var start = new ProcessStartInfo("node")
        {
            ArgumentList = { "-e", Run, "--", server },
            WorkingDirectory = _folder.FullName,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        for (var i = 0; i < s_services.Length; i++)
        {
            var service = s_services[i].ToLowerInvariant();
            start.ArgumentList.Add($"--{service}Host");
            start.ArgumentList.Add("127.0.0.1");
            start.ArgumentList.Add($"--{service}Port");
            start.ArgumentList.Add((port is 0 ? 0 : port + i).ToString());
        }

        // A newer client may ask for a newer version of the API; --loose is not among these, so that what Azurite cannot do is refused.
        foreach (var option in (string[])["--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck"])
        {
            start.ArgumentList.Add(option);
        }

        start.Environment["AZURITE_ACCOUNTS"] = $"{AccountName}:{_key}";
        return start;
    }

    private Uri Endpoint(string service) => new(_addresses[service], AccountName);

    /// <summary>Azurite says on its output where it listens; it asks the system for free ports itself, so nobody can come between.</summary>
    private async Task ReadOutputAsync()
    {
        const string listening = " service is successfully listening at ";
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (s_services.FirstOrDefault(service => line.StartsWith($"Azurite {service}{listening}", StringComparison.Ordinal)) is { } service
                && !_listening.Task.IsCompleted)
            {
                _addresses[service] = new Uri(line[(line.IndexOf(listening, StringComparison.Ordinal) + listening.Length)..].Trim());
                if (_addresses.Count == s_services.Length)
                {
                    _listening.SetResult();
                }
            }
        }
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _errors.AppendLine(line);
        }

        await _process.WaitForExitAsync();
        _listening.TrySetException(new AzuriteException($"Azurite did not start (exit code {_process.ExitCode}):\n{_errors.ToString().Trim()}"));
    }
}
