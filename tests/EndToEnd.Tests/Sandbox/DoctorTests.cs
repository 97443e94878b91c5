using System.Text.Json;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The published app under the stand-in host is asked how everything is, before and after somebody takes a permission from it.</summary>
public sealed class DoctorTests(PublishedAppFixture app)
{
    [Fact]
    public async Task All_is_well_until_a_permission_is_revoked_and_then_exactly_that_one_is_named()
    {
        await using var sandbox = await RunningSandbox.StartAsync(Task.FromResult(app.Directory), _ => { }, _ => { }, CancellationToken.None);
        var (wellStatus, well) = await sandbox.AskDoctorAsync(sandbox.Host.MasterKey, CancellationToken.None);

        sandbox.Cloud.PlanetScale.RevokePermission(SandboxCloud.ServiceTokenId, Seed.Inventory, "create_branch");
        var (status, ill) = await sandbox.AskDoctorAsync(sandbox.Host.MasterKey, CancellationToken.None);
        var verb = await sandbox.RunDoctorAsync(CancellationToken.None);
        var here = await sandbox.OperateAsync(["doctor", "--json"], CancellationToken.None);

        Assert.Equal((200, 200), (wellStatus, status));
        Assert.True(JsonElement.Parse(well).GetProperty("healthy").GetBoolean(), well);
        Assert.DoesNotContain("\"failed\"", well, StringComparison.Ordinal);
        Assert.Equal(["the service token lacks the permission create_branch on inventory"], Failed(ill));
        Assert.Equal(1, verb.ExitCode);
        Assert.Contains("Add create_branch on inventory to the service token sandboxtoken", verb.Output, StringComparison.Ordinal);
        Assert.Equal(Failed(ill), Failed(here.Output));
        Assert.Equal((401, ""), await sandbox.AskDoctorAsync(sandbox.Host.FunctionKey, CancellationToken.None));
        Assert.DoesNotContain(sandbox.Host.MasterKey, verb.Output + verb.Errors, StringComparison.Ordinal);
    }

    private static List<string?> Failed(string diagnosis) =>
    [
        .. JsonElement.Parse(diagnosis).GetProperty("checks").EnumerateArray()
            .Where(check => check.GetProperty("outcome").GetString() == "failed")
            .Select(check => check.GetProperty("text").GetString()),
    ];
}
