using System.CommandLine;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Sandbox.Cloud;

namespace IterationBranches.Sandbox.Serve;

/// <summary><c>serve --env-file FILE</c>: the stand-ins and Azurite alone, for any other host.</summary>
public static class ServeCommand
{
    public static Command Create()
    {
        var env = new Option<FileInfo>("--env-file") { Description = "Where the settings of the function app are written, as KEY=VALUE lines.", Required = true };
        var boardsPort = Port("--boards-port");
        var planetScalePort = Port("--planetscale-port");
        var keyVaultPort = Port("--keyvault-port");
        var identityPort = Port("--identity-port");
        var storagePort = Port("--storage-port");
        var boardsUrl = Address("--boards-url");
        var planetScaleUrl = Address("--planetscale-url");
        var keyVaultUrl = Address("--keyvault-url");
        var command = new Command("serve", "Runs only the stand-ins and Azurite, and writes the settings with which any host can run the function app.")
        {
            env, boardsPort, planetScalePort, keyVaultPort, identityPort, storagePort, boardsUrl, planetScaleUrl, keyVaultUrl,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(env),
            new(parsed.GetValue(boardsPort), parsed.GetValue(planetScalePort), parsed.GetValue(keyVaultPort), parsed.GetValue(identityPort), parsed.GetValue(storagePort)),
            new(parsed.GetValue(boardsUrl), parsed.GetValue(planetScaleUrl), parsed.GetValue(keyVaultUrl)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo envFile, SandboxPorts ports, SandboxAddresses told, CancellationToken cancellationToken)
    {
        try
        {
            await using var cloud = await SandboxCloud.StartAsync(TimeProvider.System, ports, Console.WriteLine, cancellationToken);
            Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            await WriteAsync(envFile, cloud.Settings(told).Concat(Seed.Settings()), cancellationToken);
            foreach (var (name, standIn) in cloud.StandIns)
            {
                Console.WriteLine($"{name,-12} {standIn.Address}");
            }

            Console.WriteLine($"{"Azurite",-12} {cloud.Storage.BlobUri} {cloud.Storage.QueueUri}");
            Console.WriteLine($"The settings are in {envFile.FullName}. Ctrl+C ends it all.");
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or AzuriteException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    private static async Task WriteAsync(FileInfo file, IEnumerable<KeyValuePair<string, string>> settings, CancellationToken cancellationToken)
    {
        // The credentials open nothing but the stand-ins; even so, nobody else needs to read them.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var writer = new StreamWriter(file.FullName, options);
        foreach (var (name, value) in settings)
        {
            await writer.WriteLineAsync($"{name}={value}".AsMemory(), cancellationToken);
        }
    }

    private static Option<int> Port(string name)
    {
        var option = new Option<int>(name) { Description = "On 127.0.0.1; any free port when left out." };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65533)
            {
                result.AddError($"{name} must be from 0 to 65533.");
            }
        });
        return option;
    }

    private static Option<Uri?> Address(string name) => new(name)
    {
        Description = "What the app is told instead of the stand-in's own address, so that a proxy can stand between.",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            {
                return address;
            }

            result.AddError($"{name} must be an http or https address.");
            return null;
        },
    };
}
