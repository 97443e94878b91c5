using IterationBranches.Sandbox.App;
using IterationBranches.Testing;
using IterationBranches.Tests.KeyVault;
using IterationBranches.Tests.Provisioning;
using IterationBranches.Tests.Stories;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>The sentences of docs/protocol.md that are marked °, and for each the tests that fail when it is not kept.</summary>
[Trait("Category", "CrashMatrix")]
public sealed class ProtocolTests
{
    private static readonly (string Sentence, (Type Type, string Test)[] Tests)[] s_table =
    [
        ("no slug, since names change°",
            [(typeof(ProtocolTests), nameof(A_sprint_that_is_renamed_keeps_its_record_its_branch_and_its_credential))]),
        ("made on exactly the version that was read when planning°",
            [(typeof(RecordStoreTests), nameof(RecordStoreTests.Tags_are_changed_on_exactly_the_version_that_was_read)),
             (typeof(ProtocolTests), nameof(A_note_of_the_branch_by_who_stood_still_does_not_touch_what_was_committed_since))]),
        ("What a write replaces is read again immediately before it**°",
            [(typeof(RecordStoreTests), nameof(RecordStoreTests.What_a_person_has_done_to_a_record_since_it_was_read_is_looked_at_and_not_overwritten)),
             (typeof(RecordStoreTests), nameof(RecordStoreTests.Tags_that_a_person_sets_stay_whatever_is_written))]),
        ("or is not what was read, is not overwritten°",
            [(typeof(RecordStoreTests), nameof(RecordStoreTests.An_alias_that_a_person_disabled_or_wrote_since_it_was_read_is_not_overwritten))]),
        ("Absence from a list is not absence**°",
            [(typeof(ListsTests), nameof(ListsTests.A_branch_that_a_deploy_request_protects_is_kept_with_its_record_whatever_the_lists_leave_out)),
             (typeof(MatrixTests), nameof(MatrixTests.Whatever_goes_wrong_with_one_call_it_ends_well))]),
        ("are answered together by one more°",
            [(typeof(BusyTrackTests), nameof(BusyTrackTests.A_storm_of_hooks_is_answered_by_two_questions))]),
        ("this is the message that it left behind°",
            [(typeof(BusyTrackTests), nameof(BusyTrackTests.It_comes_again_when_the_lease_has_run_out_once_however_often_it_is_delivered))]),
        ("Who loses it°, ends",
            [(typeof(CrashTests), nameof(CrashTests.Whoever_loses_the_lease_before_a_write_does_not_write)),
             (typeof(CrashTests), nameof(CrashTests.Whoever_does_not_get_the_lease_ends_and_an_operator_s_message_is_sent_again)),
             (typeof(RandomTests), nameof(RandomTests.Of_two_processes_the_one_that_loses_its_lease_does_no_harm_when_it_wakes_up_after_the_other))]),
        ("and only then° the note of it",
            [(typeof(ProtocolTests), nameof(A_look_that_was_not_sent_is_not_noted_as_pending))]),
        ("a pending look that is not later than its own and still in the future° sends none",
            [(typeof(ProtocolTests), nameof(A_look_is_sent_unless_one_comes_before_it))]),
        ("recovered instead of overwritten°",
            [(typeof(RecordStoreTests), nameof(RecordStoreTests.A_deleted_record_of_ours_is_recovered_and_looked_at_again)),
             (typeof(DisagreementTests), nameof(DisagreementTests.A_record_that_was_deleted_comes_back_with_its_branch_and_its_credential))]),
        ("and in no other record, is written again°",
            [(typeof(CrashTests), nameof(CrashTests.A_claim_that_forgot_its_branch_finds_it_in_its_older_versions)),
             (typeof(PlanTests), nameof(PlanTests.A_branch_comes_by_these_rules))]),
        ("our actor made it°",
            [(typeof(ProtocolTests), nameof(A_branch_that_a_stranger_makes_in_between_is_not_ours_though_we_know_who_we_are)),
             (typeof(PlanTests), nameof(PlanTests.A_branch_comes_by_these_rules))]),
        ("More than 5 minutes since it was asked for°",
            [(typeof(CrashTests), nameof(CrashTests.A_credential_that_comes_too_late_is_deleted))]),
        ("is listed°: one that was named once is left",
            [(typeof(OrphanTests), nameof(OrphanTests.An_orphan_is_deleted_only_when_no_version_of_record_or_alias_names_it))]),
        ("since the last version of either that named it was replaced°",
            [(typeof(ProtocolLifeTests), nameof(ProtocolLifeTests.An_old_credential_is_deleted_when_record_and_alias_have_given_another_for_the_grace)),
             (typeof(LifeTests), nameof(LifeTests.Whatever_goes_wrong_with_one_call_it_ends_well))]),
        ("written: the point of no return°",
            [(typeof(ProtocolLifeTests), nameof(ProtocolLifeTests.A_finish_that_moves_back_keeps_the_branch_before_the_point_of_no_return_and_not_after_it)),
             (typeof(LifeTests), nameof(LifeTests.Whatever_goes_wrong_with_one_call_it_ends_well))]),
    ];

    [Fact]
    public void Every_marked_sentence_has_its_tests()
    {
        var text = File.ReadAllText(Path.Combine(PublishedApp.FindRepository(), "docs", "protocol.md"))
            .Replace("The sentences marked ° are there", "", StringComparison.Ordinal);

        Assert.All(s_table, row => Assert.Contains(row.Sentence, text, StringComparison.Ordinal));
        Assert.Equal(text.Count(letter => letter == '°'), s_table.Sum(row => row.Sentence.Count(letter => letter == '°')));
        Assert.All(s_table.SelectMany(row => row.Tests), test =>
            Assert.NotEmpty(test.Type.GetMethod(test.Test)!.GetCustomAttributes(typeof(FactAttribute), inherit: true)));
    }

    [Fact]
    public async Task A_sprint_that_is_renamed_keeps_its_record_its_branch_and_its_credential()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Boards[Bench.Orders][0] = Some.Sprint42 with { Name = "Hardening", Path = @"Meridian\Hardening" };

        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Single(bench.Vault.Versions(Bench.Secret).DistinctBy(version => version.Branch));
    }

    [Fact]
    public async Task A_note_of_the_branch_by_who_stood_still_does_not_touch_what_was_committed_since()
    {
        var calls = (await Matrix.CleanAsync()).ToList();
        var proof = calls[..calls.FindIndex(call => call.Operation == "update_secret")].FindLast(call => call.Operation == "prove_lease")!;

        // Not even a second credential: nothing had to be made good.
        Assert.Empty(await Matrix.RunAsync([new(proof, Trouble.PausedAfter)], mayHaveOlder: false));
    }

    [Fact]
    public async Task A_branch_that_a_stranger_makes_in_between_is_not_ours_though_we_know_who_we_are()
    {
        var bench = new Bench(values => values["PlanetScale__ActorId"] = InMemoryPlanetScale.OurActor);
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Once("create branch", () => bench.PlanetScale.AddBranch("sprint-42"));

        await bench.LookAsync();
        await bench.DrainAsync();

        Assert.Equal("sprint-42-2a6f9d84", bench.Vault.Newest(Bench.Secret).Branch);
    }

    [Fact]
    public async Task A_look_that_was_not_sent_is_not_noted_as_pending()
    {
        var bench = new Bench();
        bench.Queue.Down = new PeerException(Failure.Transient, "the queue is down");

        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());

        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).PendingLook);
    }

    [Theory]
    [InlineData(-1, true)] // that one has run, or was lost
    [InlineData(3, false)]
    [InlineData(5, false)]
    [InlineData(60, true)] // too late for this one
    public async Task A_look_is_sent_unless_one_comes_before_it(int pendingInSeconds, bool isSent)
    {
        var bench = new Bench();
        await using (var lease = await bench.Locks.TryTakeAsync(Bench.Orders, default))
        {
            await lease!.RememberAsync(lease.Memory with { PendingLook = Some.Now.AddSeconds(pendingInSeconds) }, default);
        }

        await bench.LookAsync();

        Assert.Equal(isSent ? [Some.Now.AddSeconds(5)] : [], bench.Queue.Messages.Select(message => message.VisibleAt));
    }
}
