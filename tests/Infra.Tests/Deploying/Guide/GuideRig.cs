using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Infra.Tests.Templates;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>
/// Whoever follows the guide: in a copy of <c>infra/</c>, with az and curl as stand-ins. What the template makes is played with
/// its own settings; the package runs under the stand-in host, among the sandbox's stand-ins for the other services.
/// </summary>
internal sealed class GuideRig : IAsyncDisposable
{
    private readonly DeploymentRig _deployment;
    private readonly Release _release;

    private GuideRig(DeploymentRig deployment, Release release, SandboxCloud cloud)
    {
        (_deployment, _release, Cloud) = (deployment, release, cloud);
        Seed = Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        Outside = new(cloud);
    }

    public SandboxCloud Cloud { get; }

    public Seed Seed { get; }

    public Outside Outside { get; }

    public AzureStandIn Azure => _deployment.Azure;

    public RunningApp? App => Azure.App as RunningApp;

    /// <summary>Of whoever follows the guide; before, there is nothing in it.</summary>
    public string Home => Path.Combine(_deployment.Folder, "home");

    /// <summary>What the app and its host logged.</summary>
    public ConcurrentQueue<HostEvent> Events { get; } = [];

    /// <summary>How much was written into PlanetScale when each package was deployed.</summary>
    public List<int> WritesAtDeployment { get; } = [];

    /// <summary>The service token, as it is read out of PlanetScale.</summary>
    public string ServiceToken => Cloud.Settings(new())["PlanetScale__ServiceToken"];

    public static async Task<GuideRig> StartAsync()
    {
        var deployment = await DeploymentRig.StartAsync();
        var rig = new GuideRig(deployment, await Release.MakeAsync(Path.Combine(deployment.Folder, "release")), await SandboxCloud.StartAsync(TimeProvider.System, new(), _ => { }, CancellationToken.None));
        // Until the guide adds it.
        rig.Cloud.Boards.RemoveUser(SandboxCloud.AppPrincipal);
        rig.Azure.State.Organization = rig.Cloud.Boards.Organization;
        rig.Azure.State.Projects[Seed.Project] = "9c000000-0000-4000-8000-000000000007";
        rig.Azure.ReleaseFolder = rig._release.Folder;
        rig.Azure.SettingsFor = rig.SettingsFor;
        rig.Azure.Runner = rig.RunAsync;
        rig.Azure.Others = rig.AnswerAsync;
        await rig.PrepareFolderAsync();
        return rig;
    }

    /// <summary>Runs the guide's commands, one after the other in one shell; before each one, its number is printed.</summary>
    public Task<ScriptResult> FollowAsync()
    {
        var script = new List<string>
        {
            "set -o pipefail",
            $"cd '{_deployment.Folder}/work'",
            // The app speaks no TLS here.
            "iteration-branches() { command iteration-branches \"${@/#https:\\/\\/127.0.0.1/http://127.0.0.1}\"; }",
            "trap 'echo \"::failed $number\"' ERR",
        };
        foreach (var command in GuideCommand.All.Where(command => !command.NeedsAzure))
        {
            script.Add($"number={command.Number}; echo \"::run $number\"");
            script.Add(Mine(command.Text));
            if (command.Text.StartsWith("cp infra/main.bicepparam", StringComparison.Ordinal))
            {
                script.Add("cp mine.bicepparam infra/production.bicepparam");
            }
        }

        // Of the two secrets, the password is made.
        return _deployment.RunBashAsync(["-c", string.Join('\n', script)], $"{ServiceToken}\n\n", DeskEnvironment());
    }

    public async ValueTask DisposeAsync()
    {
        if (App is not null)
        {
            await App.DisposeAsync();
        }

        await Cloud.DisposeAsync();
        await _deployment.DisposeAsync();
    }

    /// <summary>Names are the reader's own.</summary>
    private string Mine(string command) => command switch
    {
        "ORGANIZATION=your-organization" => $"ORGANIZATION={Cloud.Boards.Organization}",
        "PROJECT=Shop" => $"PROJECT={Seed.Project}",
        "REPOSITORY=https://github.com/OWNER/REPOSITORY" => $"REPOSITORY=https://{Azure.HostName}",
        _ => command,
    };

    private async Task PrepareFolderAsync()
    {
        var work = Path.Combine(_deployment.Folder, "work");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "infra"), "*", SearchOption.AllDirectories).Where(file => !file.Contains("node_modules", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(work, "infra", Path.GetRelativePath(Path.Combine(Repository.Root, "infra"), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await File.WriteAllTextAsync(Path.Combine(work, "mine.bicepparam"), $$"""
            using './main.bicep'
            param baseName = 'itbranches'
            param dryRun = true
            param boardsOrganization = '{{Cloud.Boards.Organization}}'
            param boardsBaseUrl = '{{Cloud.Boards.Address.AbsoluteUri.TrimEnd('/')}}'
            param planetScaleOrganization = '{{SandboxCloud.Organization}}'
            param planetScaleBaseUrl = '{{new Uri(Cloud.PlanetScale.Address, "v1")}}'
            param planetScaleServiceTokenId = '{{SandboxCloud.ServiceTokenId}}'
            param trackDefaults = {
              Project: '{{Seed.Project}}'
              Retire: 'Keep'
            }
            param tracks = {
            {{string.Join('\n', Seed.Tracks.Select(track => $"  {track.Name}: {{ Team: '{track.Team}', Database: '{track.Database}' }}"))}}
            }

            """);
        // The verb itself is tested where it is.
        _deployment.Install("dotnet", $"#!/usr/bin/env bash\nset -e\n[ \"$*\" = 'run --project src/Sandbox -- package --output iteration-branches.zip' ]\ncp '{_release.Package}' iteration-branches.zip\n");
    }

    /// <summary>The template's settings, with the addresses of what it made; which identity is the app's is known to the sandbox alone.</summary>
    private Dictionary<string, string> SettingsFor(string parameters) =>
        new DeployedSettings([.. new BicepFile(File.ReadAllText(parameters)).Of("param").Select(parameter => (parameter.Name, parameter.Value!.Source))]).Values
            .Where(setting => setting.Key is not ("AZURE_CLIENT_ID" or "AzureWebJobsStorage__clientId"))
            .ToDictionary(setting => setting.Key, setting => setting.Value switch
            {
                $"https://{AzureState.RecordsVault}.vault.azure.net/" => Cloud.KeyVault.Address.AbsoluteUri,
                "https://management.azure.com/" => Cloud.AppService.Address.AbsoluteUri,
                _ => setting.Value,
            });

    /// <summary>What the platform gives besides.</summary>
    private Dictionary<string, string> OfThePlatform() => Cloud.Settings(new())
        .Where(setting => setting.Key is "FUNCTIONS_WORKER_RUNTIME" or "AzureWebJobsStorage" or "IDENTITY_ENDPOINT" or "IDENTITY_HEADER" or "AzureFunctionsJobHost__extensions__queues__maxPollingInterval" or "KeyVault__CaFile" or "KeyVault__DisableChallengeResourceVerification")
        .ToDictionary();

    private Dictionary<string, string> DeskEnvironment()
    {
        var environment = OfThePlatform();
        environment["HOME"] = Home;
        environment["AZURE_DEVOPS_EXT_PAT"] = Cloud.AdministratorToken;
        return environment;
    }

    private async Task<IAppFront> RunAsync(string package)
    {
        var before = App;
        if (before is not null)
        {
            await before.Host.WaitUntilEmptyAsync().WaitAsync(Bound.Long);
            await before.DisposeAsync();
        }

        WritesAtDeployment.Add(Cloud.PlanetScale.Calls.Writes);
        var settings = OfThePlatform();
        foreach (var (name, value) in Azure.State.AppSettings.Where(setting => !setting.Key.StartsWith("AzureWebJobsStorage__", StringComparison.Ordinal)))
        {
            // What cannot be resolved reaches the app as it stands there.
            settings[name] = Azure.State.ReferenceStates.GetValueOrDefault(name) == "Resolved"
                ? Azure.State.Secrets[VaultCommands.References(Azure.State).Single(reference => reference.Setting == name).Secret]
                : value;
        }

        return await RunningApp.StartAsync(package, settings, before, Events.Enqueue);
    }

    private async Task<JsonNode?> AnswerAsync(AzInvocation call)
    {
        if (call.Command == "rest" && call.Get("--url").Contains("serviceprincipalentitlements", StringComparison.Ordinal))
        {
            Cloud.Boards.AddUser(SandboxCloud.AppPrincipal);
        }

        if (call.Command != "keyvault secret list" || call.Get("--vault-name") != AzureState.RecordsVault)
        {
            return null;
        }

        VaultCommands.EnterRecords(Azure.State);

        // Some minutes after the poll.
        await App!.Host.WaitUntilEmptyAsync().WaitAsync(Bound.Long);
        return new JsonArray([.. (await Outside.ListSecretsAsync(CancellationToken.None)).Select(secret => (JsonNode)new JsonObject { ["name"] = secret.Name })]);
    }
}
