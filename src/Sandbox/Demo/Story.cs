using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Sandbox.Demo;

/// <summary>How often each service was changed, at one moment.</summary>
public sealed record Writes(int PlanetScale, int KeyVault)
{
    public static Writes Of(SandboxCloud cloud) => new(cloud.PlanetScale.Calls.Writes, cloud.KeyVault.Calls.Writes);

    public override string ToString() => $"{PlanetScale} at PlanetScale, {KeyVault} at Key Vault";
}

/// <summary>Work items that were moved at once.</summary>
/// <param name="Pending">How many messages were on the queue when all had been delivered.</param>
/// <param name="Looks">How many looks followed.</param>
public sealed record Storm(IReadOnlyList<HookDelivery> Deliveries, int Pending, int Looks);

/// <summary>A credential that an operator had replaced.</summary>
/// <param name="Asked">How the verb ended.</param>
/// <param name="Former">What the record's credential was before; null when it opened nothing.</param>
public sealed record Rotation(CliResult Asked, PasswordState? Former);

/// <summary>What happened in the story that cannot be seen in the end.</summary>
public sealed record StoryResult(
    Writes AfterFirstPoll, Writes AfterHook, Writes AfterDuplicates, Writes AfterSecondPoll, Guid Hotfix, IReadOnlyList<HookDelivery> Deliveries, int PollsBeforeHotfix, Storm Storm, Rotation Rotation);

/// <summary>
/// The first poll, a sprint that a hook brings before the next one, the same hook twice more, ten hooks at once, a poll
/// that finds nothing to do, and a credential that an operator has replaced.
/// </summary>
public static class Story
{
    public static async Task<StoryResult> PlayAsync(RunningSandbox sandbox, Action<string> chapter, CancellationToken cancellationToken)
    {
        var cloud = sandbox.Cloud;
        chapter("The timer fires for the first time");
        await sandbox.PollAsync(cancellationToken);
        var afterFirstPoll = Writes.Of(cloud);

        chapter("The Payments team adds a sprint, and moves a work item into it");
        var item = await cloud.Boards.CreateWorkItemAsync(Seed.Project, $@"{Seed.Project}\{sandbox.Seed.Names[sandbox.Seed.Current]}");
        await sandbox.SettleAsync(cancellationToken);
        var hotfix = sandbox.Seed.AddHotfixSprint();
        var deliveries = await cloud.Boards.MoveWorkItemAsync(item.Id, $@"{Seed.Project}\{sandbox.Seed.Names[hotfix]}");
        await sandbox.SettleAsync(cancellationToken);
        var polls = sandbox.Host.Invocations["PollIterations"].Succeeded;
        var afterHook = Writes.Of(cloud);

        chapter("Azure DevOps delivers the same hook twice more, at once");
        var again = await Task.WhenAll(cloud.Boards.RedeliverAsync(deliveries[0]), cloud.Boards.RedeliverAsync(deliveries[0]));
        await sandbox.SettleAsync(cancellationToken);
        var afterDuplicates = Writes.Of(cloud);

        chapter("Ten work items are moved into the sprint at once");
        var storm = await StormAsync(sandbox, $@"{Seed.Project}\{sandbox.Seed.Names[hotfix]}", cancellationToken);

        chapter("The timer fires again, and finds nothing to do");
        await sandbox.PollAsync(cancellationToken);
        var afterSecondPoll = Writes.Of(cloud);

        chapter("An operator has the credential of the Warehouse team's sprint replaced");
        var rotation = await RotateAsync(sandbox, cancellationToken);
        return new(afterFirstPoll, afterHook, afterDuplicates, afterSecondPoll, hotfix, [.. deliveries, .. again], polls, storm, rotation);
    }

    private static async Task<Rotation> RotateAsync(RunningSandbox sandbox, CancellationToken cancellationToken)
    {
        var former = await new Outside(sandbox.Cloud).FindAsync(Checks.SecretName(Seed.Rotated, sandbox.Seed.Current), cancellationToken);
        var asked = await sandbox.OperateAsync(["rotate", "--track", Seed.Rotated.Name, "--iteration", sandbox.Seed.Names[sandbox.Seed.Current]], cancellationToken);
        await sandbox.SettleAsync(cancellationToken);
        return new(asked, former?.LogIn);
    }

    private static async Task<Storm> StormAsync(RunningSandbox sandbox, string path, CancellationToken cancellationToken)
    {
        var boards = sandbox.Cloud.Boards;
        var items = new List<CreatedWorkItem>();
        for (var i = 0; i < 10; i++)
        {
            items.Add(await boards.CreateWorkItemAsync(Seed.Project, Seed.Project));
        }

        var looks = sandbox.Host.Invocations["ProvisionBranch"].Succeeded;
        boards.HoldHooks = true;
        foreach (var item in items)
        {
            await boards.MoveWorkItemAsync(item.Id, path);
        }

        var deliveries = await boards.DeliverHeldAsync(HookOrder.AtOnce);
        var pending = await new Outside(sandbox.Cloud).CountMessagesAsync("provision-branch", cancellationToken);
        await sandbox.SettleAsync(cancellationToken);
        return new(deliveries, pending, sandbox.Host.Invocations["ProvisionBranch"].Succeeded - looks);
    }
}
