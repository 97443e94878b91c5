namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// Every step of how a branch lives and goes: who loses the lease immediately before the step's write does not write, though
/// nothing but the lease says that it must not.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class LeaseTests
{
    /// <summary>By the steps of docs/protocol.md: the scenario, the chapter, and the how many-th write of it is the step's.</summary>
    public static TheoryData<string, string, int, int, string> Steps => new()
    {
        { "the tags follow the dates", "Renewal", 0, 0, "update_secret" },
        { "a credential is renewed", "Renewal", 1, 0, "renew_password" },
        { "the expiry follows the renewal", "Renewal", 1, 1, "update_secret" },
        { "a credential is issued again", "Rotation", 0, 0, "create_password" },
        { "the credential is committed", "Rotation", 0, 1, "set_secret" },
        { "the alias follows the record", "Rotation", 0, 2, "set_secret" },
        { "a replaced credential is deleted", "Rotation", 3, 0, "delete_password" },
        { "a leaked credential is deleted", "Rotation with an end at once", 0, 3, "delete_password" },
        { "an orphan is deleted", "Orphan", 1, 0, "delete_password" },
        { "the alias moves to the next sprint", "Alias", 0, 0, "set_secret" },
        { "notice is given", "Deletion", 0, 0, "update_secret" },
        { "the record is revoked", "Deletion", 3, 0, "update_secret" },
        { "the credentials are deleted", "Deletion", 3, 1, "delete_password" },
        { "the record is marked deleted", "Deletion", 3, 2, "update_secret" },
        { "the branch is deleted", "Deletion", 3, 3, "delete_branch" },
        { "the branch is asked to be deleted once more", "Deletion", 3, 4, "delete_branch" },
        { "the record is deleted", "Deletion", 3, 5, "delete_secret" },
        { "a gone branch is claimed anew", "Deletion, and recovery in the middle of it", 2, 2, "set_secret" },
        { "it is created", "Deletion, and recovery in the middle of it", 2, 3, "create_branch" },
        { "its id is noted", "Deletion, and recovery in the middle of it", 2, 4, "update_secret" },
        { "a revoked record gets a credential", "Revocation, and recovery from it", 2, 0, "create_password" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task Who_loses_the_lease_before_a_write_does_not_write(string step, string name, int chapter, int nth, string operation)
    {
        var scenario = Scenarios.All.Single(scenario => scenario.Name == name);
        var (moments, _) = await Lives.CleanAsync(scenario);
        var calls = moments.Where(moment => moment.Chapter == chapter).ToList();
        var write = calls.FindIndex(calls.Where(moment => IsWrite(moment.Call)).ElementAt(nth).Equals);
        Assert.Equal(operation, calls[write].Call.Operation);

        var (wrong, lateWrites) = await Lives.LoseLeaseAsync(scenario, LastBefore(calls, write));

        Assert.True(lateWrites.Count == 0, $"{step}: {string.Join(", ", lateWrites)}");
        Assert.True(wrong.Count == 0, $"{step}:\n{string.Join('\n', wrong)}");
    }

    /// <summary>The last call that comes before the lease is proved for the write. If it is not proved, the last one before the write itself.</summary>
    private static Moment LastBefore(List<Moment> calls, int write)
    {
        var former = calls.FindLastIndex(write - 1, moment => IsWrite(moment.Call) || moment.Call.Operation == "take_lease");
        var proof = calls.FindLastIndex(write, write - former, moment => moment.Call.Operation == "prove_lease");
        // Whether a secret is ours is read with each write of one.
        var unproved = calls[write].Call.Operation is "set_secret" or "delete_secret" && calls[write - 1].Call.Operation == "list_secret_versions" ? write - 2 : write - 1;
        return calls[proof < 0 ? Math.Max(unproved, former) : proof - 1];
    }

    private static bool IsWrite(Call call) => call is { IsWrite: true, Service: not Service.Storage };
}
