using IterationBranches.AzureBoards.Administration;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using IterationBranches.Tests.Provisioning;
using Microsoft.Extensions.Logging.Abstractions;
using static IterationBranches.Tests.Provisioning.Some;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>
/// Four times as much of everything costs four times as much work, not sixteen times. What is counted are the elements that are
/// read of the lists, and the bytes that are allocated: a list that is copied for each of its elements shows there.
/// </summary>
public sealed class GrowthTests
{
    private const int Thousand = 1_000;

    private static readonly RetirementNotice s_runOut = new(Now.AddHours(-1), Retirement.Delete);
    private static readonly Refusal s_refused = new(Now.AddHours(1), TimeSpan.FromHours(1), "something");

    private static readonly Dictionary<string, Func<int, ReadCounter, World>> s_worlds = new()
    {
        ["sprints that have nothing yet"] = (n, counter) => Many(n, counter),
        ["sprints of one name"] = (n, counter) => Many(n, counter, iteration: i => Running(i) with { Name = "Sprint" }),
        ["claims"] = (n, counter) => Many(n, counter, record: Claimed),
        ["claims of one name"] = (n, counter) => Many(n, counter, record: i => Claimed(i) with { Branch = "sprint" }),
        ["claims at the limit of branches"] = (n, counter) => AtLimit(Many(n, counter, record: Claimed)),
        ["claims at the limit, beside as many branches that could go"] = (n, counter) => AtLimit(Many(n, counter, record: i => i % 2 == 0 ? Claimed(i) : Made(i) with { Finish = Today.AddDays(-9) }, branch: i => i % 2 == 0 ? Branch($"by-hand-{i}", $"br-by-hand-{i}") : BranchOf(i))),
        ["claims whose branches are there"] = (n, counter) => Many(n, counter, record: Claimed, branch: BranchOf),
        ["sprints that are ready"] = (n, counter) => Many(n, counter, record: Made, branch: BranchOf),
        ["sprints that are ready, with orphans"] = (n, counter) => Many(n, counter, record: Made, branch: BranchOf, credential: i => Credential($"cred-lost-{i}", $"br-{i}", $"ib-{Running(i).Id8}-00000000")),
        ["sprints that are over, and kept"] = (n, counter) => Many(n, counter, Finished, Made, BranchOf),
        ["sprints that are over, and go"] = (n, counter) => Deleting(Many(n, counter, Finished, i => Made(i) with { Notice = s_runOut, Finish = Finished(i).Finish }, BranchOf)),
        ["disabled records"] = (n, counter) => Deleting(Many(n, counter, Finished, i => Made(i) with { Notice = s_runOut, Finish = Finished(i).Finish, State = RecordState.Revoked, Enabled = false }, BranchOf)),
        ["branches that are being deleted"] = (n, counter) => Deleting(Many(n, counter, Finished, i => Made(i) with { Notice = s_runOut, State = RecordState.Deleted, Enabled = false }, BranchOf)),
        ["records that no sprint has"] = (n, counter) => Many(n, counter, record: Made, branch: BranchOf) with { Iterations = [], Deselected = counter.Of<Iteration>([]) },
        ["records of sprints that the team left out"] = (n, counter) => Many(n, counter, record: Made, branch: BranchOf) with { Iterations = [], Deselected = counter.Of(Enumerable.Range(0, n).Select(Running)) },
        ["branches that no record names"] = (n, counter) => Many(n, counter, branch: BranchOf) with { Iterations = [] },
        ["an operation while all are refused"] = (n, counter) => Many(n, counter, record: i => Made(i) with { Refused = s_refused }, branch: BranchOf) with { Operation = new(LookOperation.Rotate, IdOf(7), "cred-7", RevokeNow: true) },
    };

    public static TheoryData<string> Worlds => [.. s_worlds.Keys];

    [Theory]
    [MemberData(nameof(Worlds))]
    public Task A_plan_grows_with_its_world(string what) => Grows(Thousand, (n, counter) =>
    {
        var world = s_worlds[what](n, counter);
        return Work(() => Assert.NotNull(Plan.For(world)));
    });

    [Fact]
    public Task The_schedule_grows_with_its_iterations() => Grows(2_500, (n, counter) =>
    {
        var iterations = counter.Of(Enumerable.Range(0, n).Select(Deep));
        return Work(() => Assert.Equal(n, Schedule.Of(Orders, iterations, Today).Count));
    });

    [Fact]
    public Task Which_iteration_is_current_grows_with_its_iterations() => Grows(2_500, (n, counter) =>
    {
        var iterations = counter.Of(Enumerable.Range(0, n).Select(Deep));
        return Work(() => Assert.NotNull(Schedule.Current(iterations, Today)));
    });

    [Theory]
    [InlineData("sprints that are ready")]
    [InlineData("sprints that are over, and kept")]
    [InlineData("an operation while all are refused")]
    public Task Whether_a_look_is_due_grows_with_the_records(string what) => Grows(Thousand, (n, counter) =>
    {
        var world = s_worlds[what](n, counter);
        return Work(() => Plan.IsLookDue(Orders, world.Iterations, world.Vault, new TrackMemory(), Today, Now));
    });

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)] // none of them is in any list; each is asked for by its name
    [InlineData(false, true)] // they are over, and their dates have moved; each is read before its tags follow
    public Task A_look_grows_with_what_is_there(bool isRunning, bool isListed) => Grows(Thousand, (n, _) =>
    {
        var bench = Filled(n, iteration: isRunning ? Running : Finished);
        if (!isListed)
        {
            bench.PlanetScale.IsBranchListed = branch => branch.Name == "main";
            bench.Vault.Listed = listing => listing with { Records = [] };
        }

        return async () => Assert.Equal(n, (await bench.SeeAsync()).Vault.Records.Count);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_operator_s_retry_grows_with_what_is_refused(bool isDry) => Grows(Thousand, (n, _) =>
    {
        var bench = Filled(n, isDry);
        foreach (var i in Enumerable.Range(0, n))
        {
            bench.Vault.Change(Made(i).SecretName, record => record with { Refused = s_refused });
        }

        return async () =>
        {
            await bench.RetryAsync();
            Assert.Equal(isDry ? 0 : n, bench.Writes.Count);
        };
    });

    [Fact]
    public Task A_poll_grows_with_the_tracks() => Grows(75, (n, counter) =>
    {
        var bench = new Bench();
        var tracks = Enumerable.Range(0, n).Select(t => Orders with { Name = $"team{t}", Alias = $"ConnectionStrings--team{t}" }).ToList();
        foreach (var track in tracks)
        {
            foreach (var i in Enumerable.Range(0, 27))
            {
                bench.Boards[track.Name].Add(Running(i));
                bench.Vault.Put(Made(i, track));
            }
        }

        // As many are not in the settings any more.
        foreach (var t in Enumerable.Range(0, n))
        {
            bench.Vault.Put(Made(0, Orders with { Name = $"former{t}" }));
        }

        bench.Vault.Listed = listing => listing with { Records = counter.Of(listing.Records) };
        var poller = new Poller(bench.Settings with { Tracks = counter.Of(tracks) }, bench.Boards, bench.Vault, bench.Locks, bench.Looks, bench.Queue, bench.Clock, NullLogger<Poller>.Instance);
        return async () =>
        {
            foreach (var track in tracks)
            {
                await using var lease = await bench.Locks.TryTakeAsync(track.Name, default);
                await lease!.RememberAsync(new TrackMemory { LastLook = Now }, default);
            }

            Assert.Equal(n, (await poller.PollAsync(default)).Queued.Count);
        };
    }, isAtOnce: false);

    [Fact]
    public Task Which_subscriptions_there_should_be_grows_with_the_tracks() => Grows(75, (n, counter) =>
    {
        var (project, address) = (IdOf(0), new HookAddress(new Uri("https://app.example")));
        var wanted = counter.Of(Enumerable.Range(0, n).SelectMany(t => SubscriptionPlan.Wanted(Orders with { Name = $"team{t}" }, project, address)));
        // One of two leads to a track that is not in the settings any more.
        var existing = counter.Of(wanted.Index().Select(one => new Subscription
        {
            Id = IdOf(one.Index),
            EventType = one.Item.EventType,
            PublisherInputs = new Dictionary<string, string?> { ["projectId"] = $"{project}" },
            ConsumerInputs = new Dictionary<string, string?> { ["url"] = address.Of($"{(one.Index % 2 == 0 ? "" : "former")}{one.Item.Track}") },
        }));
        return Work(() => Assert.NotEmpty(SubscriptionPlan.For(wanted, existing, address, new("azure-devops", "hook-password-of-a-test", "key==")).Strays));
    });

    [Theory]
    [InlineData("shop")] // all on one database, and their names meet
    [InlineData("shop-{0}")]
    public Task Reading_the_settings_grows_with_the_tracks(string database) => Grows(150, (n, _) =>
    {
        var values = SettingValues.Working();
        foreach (var t in Enumerable.Range(0, n))
        {
            values[$"Tracks__team{t}__Project"] = "Meridian";
            values[$"Tracks__team{t}__Database"] = string.Format(null, database, t);
            values[$"Tracks__team{t}__Retire"] = "Keep";
        }

        var configuration = values.ToConfiguration();
        return Work(() => Assert.Equal(n + 1, SettingsLoader.Load(configuration) is var settings ? settings.Tracks.Count + settings.TracksOff.Count : 0));
    });

    /// <param name="prepare">Makes what the work is given, which is not counted.</param>
    /// <param name="isAtOnce">The work waits for nothing and stays on its thread, whose bytes are counted.</param>
    private static async Task Grows(int n, Func<int, ReadCounter, Func<Task>> prepare, bool isAtOnce = true)
    {
        // The first one loads the code.
        await CountAsync(n / 10, prepare, isAtOnce);
        var (reads, bytes) = await CountAsync(n, prepare, isAtOnce);
        var (readsOfMore, bytesOfMore) = await CountAsync(4 * n, prepare, isAtOnce);

        TestContext.Current.TestOutputHelper?.WriteLine($"reads {reads} -> {readsOfMore}, {(double)readsOfMore / Math.Max(reads, 1):0.0}; bytes {bytes} -> {bytesOfMore}, {(double)bytesOfMore / bytes:0.0}");
        Assert.True(readsOfMore <= 5 * reads, $"{reads} elements were read, and {readsOfMore} of four times as much");
        Assert.True(!isAtOnce || bytesOfMore <= 5 * bytes, $"{bytes} bytes were allocated, and {bytesOfMore} for four times as much");
    }

    private static async Task<(long Reads, long Bytes)> CountAsync(int n, Func<int, ReadCounter, Func<Task>> prepare, bool isAtOnce)
    {
        var counter = new ReadCounter();
        var work = prepare(n, counter);
        var (reads, bytes) = (counter.Reads, GC.GetAllocatedBytesForCurrentThread());
        var working = work();
        Assert.True(working.IsCompleted || !isAtOnce, "it has waited for something");
        await working;
        return (counter.Reads - reads, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static Func<Task> Work(Action work) => () =>
    {
        work();
        return Task.CompletedTask;
    };

    private static Guid IdOf(int i) => new(i + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);

    private static Iteration Running(int i) => Sprint42 with { Id = IdOf(i), Name = $"Sprint {i}", Path = $@"Meridian\Release {i % 26}\Sprint {i}" };

    private static Iteration Finished(int i) => Running(i) with { Start = Today.AddDays(-90), Finish = Today.AddDays(-60) };

    /// <summary>Below each other, as deep as Azure DevOps allows.</summary>
    private static Iteration Deep(int i) => Running(i) with { Path = $@"Meridian\{string.Join('\\', Enumerable.Range(0, i % 13).Select(level => $"{i / 13}-{level}"))}\{i}" };

    private static Branch BranchOf(int i) => Branch($"sprint-{i}", $"br-{i}") with { CreatedAt = Now.AddHours(-1) };

    private static Record Claimed(int i) => Claim(Running(i), $"sprint-{i}") with { ClaimedAt = Now.AddHours(-1) };

    private static Record Made(int i) => Made(i, Orders);

    private static Record Made(int i, Track track) => Ready(Running(i), $"sprint-{i}", $"br-{i}", $"cred-{i}", track) with { ClaimedAt = Now.AddHours(-1) };

    private static World AtLimit(World world) => world with { Database = world.Database with { AtBranchLimit = true } };

    private static World Deleting(World world) => world with
    {
        Track = Orders with { Retire = Retirement.Delete },
        Inspections = world.Branches.ToDictionary(branch => branch.Id, _ => new Inspection(null)),
    };

    private static World Many(
        int n, ReadCounter counter, Func<int, Iteration>? iteration = null, Func<int, Record>? record = null, Func<int, Branch>? branch = null, Func<int, Credential>? credential = null)
    {
        var all = Enumerable.Range(0, n).ToList();
        var records = record is null ? [] : all.Select(record).ToList();
        var issued = records.Where(made => made.CredentialId is not null).Select(made => Credential(made.CredentialId!, made.BranchId!, $"ib-{Iteration.ShortId(made.IterationId)}-0badcafe"));
        var world = World(secrets: [.. records], branches: branch is null ? [] : [.. all.Select(branch)], credentials: [.. credential is null ? [] : all.Select(credential)]);
        // It has given each of them, one after the other.
        var given = Alias("cred-none", Sprint43);
        return world with
        {
            Iterations = counter.Of(all.Select(iteration ?? Running)),
            Branches = counter.Of(world.Branches),
            Vault = world.Vault with { Records = counter.Of(records), Aliases = counter.Of([given]) },
            AliasVersions = new Dictionary<string, IReadOnlyList<Alias>> { [Orders.Alias] = counter.Of(all.Select(i => Alias($"cred-{i}") with { IterationId = IdOf(i), WrittenAt = Now.AddDays(-30).AddMinutes(-i) }).Prepend(given with { WrittenAt = Now.AddDays(-29) })) },
            Credentials = issued.Concat(credential is null ? [] : all.Select(credential)).ToLookup(one => one.BranchId).ToDictionary(group => group.Key, group => counter.Of(group)),
        };
    }

    /// <summary>As many sprints, each with its branch, its record and its credential.</summary>
    private static Bench Filled(int n, bool isDry = false, Func<int, Iteration>? iteration = null)
    {
        var bench = new Bench(values => values["DryRun"] = isDry ? "true" : "false");
        bench.Boards[Bench.Orders].Clear();
        foreach (var i in Enumerable.Range(0, n))
        {
            bench.Boards[Bench.Orders].Add((iteration ?? Running)(i));
            bench.PlanetScale.Branches.Add(BranchOf(i));
            var credential = bench.PlanetScale.AddCredential($"br-{i}", $"ib-{Running(i).Id8}-0badcafe");
            bench.Vault.Put(Made(i) with { CredentialId = credential.Id });
        }

        bench.Vault.Put(Alias(bench.Vault.Newest(Made(0).SecretName).CredentialId!, Running(0)), new SecretText("value", "text/plain"));
        return bench;
    }
}
