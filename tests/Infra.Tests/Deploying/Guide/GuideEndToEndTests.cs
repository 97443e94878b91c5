using System.Text.RegularExpressions;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Sandbox.Cloud;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>The guide, followed to the letter from nothing to the credential in another app, and back to nothing.</summary>
public sealed partial class GuideEndToEndTests
{
    [Fact]
    public async Task Every_command_does_what_the_guide_says()
    {
        await using var rig = await GuideRig.StartAsync();

        var result = await rig.FollowAsync();

        var state = rig.Azure.State;
        Assert.True(rig.Azure.Misuses.IsEmpty, $"{string.Join('\n', rig.Azure.Misuses)}\n{result}");
        var numbers = GuideCommand.All.Where(command => !command.NeedsAzure).Select(command => command.Number).ToList();
        Assert.Equal(numbers, Numbers(result, "run"));

        // One ends with 1, and the guide says so: the first deployment, whose doctor misses the identity in Azure DevOps.
        var failed = Numbers(result, "failed").Select(number => GuideCommand.All[number].Text).ToList();
        Assert.True(failed.Count == 1 && failed[0].EndsWith("--ask-secrets", StringComparison.Ordinal), $"failed: {string.Join("; ", failed)}\n{result}");
        Assert.Equal(4, rig.WritesAtDeployment.Count);
        Assert.Matches(@"failed  Azure (Boards|DevOps)", result.Output);
        Assert.Contains("Healthy: ", result.Output, StringComparison.Ordinal);
        Assert.Single(state.Entitlements);

        // The command line is the one that was installed.
        Assert.True(File.Exists(Path.Combine(rig.Home, ".local", "bin", "iteration-branches")));
        Assert.Matches(@"iteration-branches-[0-9.]+-linux-x64: OK\n", result.Output);

        // Dry, then not.
        Assert.Equal(0, rig.WritesAtDeployment[1]);
        Assert.Contains(rig.Events, seen => seen.Text.Contains("dry run: would", StringComparison.Ordinal));
        Assert.Matches(@"Sprint 42 +\S+ +current", result.Output);
        Assert.True(rig.WritesAtDeployment[2] > 0);

        // The operator's own roles: what the verbs read and write, each where it is.
        var account = SiteCommands.AccountId(AzureState.StorageAccount);
        Assert.Equal(
            [
                ("Key Vault Secrets User", VaultCommands.IdOf(AzureState.RecordsVault)), ("Storage Blob Data Reader", account),
                ("Storage Queue Data Message Sender", $"{account}/queueServices/default/queues/provision-branch"),
            ],
            state.RoleAssignments.Where(assignment => assignment.Principal == SubscriptionCommands.Operator).Select(assignment => (assignment.Role, assignment.Scope)));

        // Another app reads the alias: its setting follows it, its role is for it alone, and what it gives opens the current branch.
        var alias = state.ReaderSettings["ConnectionStrings__orders"];
        Assert.Equal($"@Microsoft.KeyVault(SecretUri=https://{AzureState.RecordsVault}.vault.azure.net/secrets/ConnectionStrings--orders)", alias);
        Assert.Equal(
            ("Key Vault Secrets User", $"{VaultCommands.IdOf(AzureState.RecordsVault)}/secrets/ConnectionStrings--orders"),
            state.RoleAssignments.Where(assignment => assignment.Principal == SiteCommands.Reader).Select(assignment => (assignment.Role, assignment.Scope)).Single());
        // What it takes to tell the site that its alias moved; nothing else of it is given to the app by hand.
        Assert.Equal(
            ("Website Contributor", SiteCommands.SiteId("shop", "shop-web")),
            state.RoleAssignments.Where(assignment => assignment.Principal == AzureState.Principal).Select(assignment => (assignment.Role, assignment.Scope)).Single());
        var found = await rig.Outside.FindAsync("ConnectionStrings--orders", CancellationToken.None);
        Assert.NotNull(found?.LogIn);
        Assert.Equal(rig.Cloud.PlanetScale.Branches(Seed.Shop).Single(branch => branch.Name == "sprint-42").Id, found.LogIn.BranchId);

        // The hooks were there, with the new password after it was replaced, and are gone with the group.
        Assert.Contains("answered 20", result.Output, StringComparison.Ordinal);
        Assert.NotEqual(state.Secrets["service-hook-previous-password"], state.Secrets["service-hook-password"]);
        Assert.Empty(rig.Cloud.Boards.Subscriptions);
        Assert.Empty(state.Groups);

        string[] secrets =
        [
            rig.ServiceToken, state.Secrets["service-hook-password"], state.Secrets["service-hook-previous-password"],
            rig.App!.MasterKey, rig.App.FunctionKey, rig.Cloud.AdministratorToken, .. rig.Cloud.PlanetScale.IssuedSecrets,
        ];
        Assert.All(secrets, secret =>
        {
            Assert.DoesNotContain(secret, result.All, StringComparison.Ordinal);
            Assert.All(rig.Azure.Arguments, arguments => Assert.DoesNotContain(secret, arguments, StringComparison.Ordinal));
            Assert.All(rig.Events, seen => Assert.DoesNotContain(secret, seen.Text, StringComparison.Ordinal));
        });
    }

    private static List<int> Numbers(ScriptResult result, string word) =>
        [.. Mark().Matches(result.Output).Where(mark => mark.Groups["word"].Value == word).Select(mark => int.Parse(mark.Groups["number"].Value))];

    [GeneratedRegex(@"^::(?<word>run|failed) (?<number>\d+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mark();
}
