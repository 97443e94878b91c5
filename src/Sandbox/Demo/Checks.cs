using System.Text.Json.Nodes;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Sandbox.Demo;

/// <param name="Problem">What is missing or wrong; null when all is well.</param>
public sealed record Check(string Name, string? Problem)
{
    public bool Passed => Problem is null;
}

/// <summary>Every effect of the story, read back from outside.</summary>
public sealed class Checks(RunningSandbox sandbox, StoryResult story, IReadOnlyCollection<HostEvent> events)
{
    private static readonly string[] s_hookEvents = ["workitem.created", "workitem.restored", "workitem.updated"];

    private readonly List<Check> _checks = [];
    private readonly Outside _outside = new(sandbox.Cloud);
    private readonly SandboxCloud _cloud = sandbox.Cloud;
    private readonly Seed _seed = sandbox.Seed;

    public async Task<IReadOnlyList<Check>> RunAsync(CancellationToken cancellationToken)
    {
        foreach (var track in Seed.Tracks)
        {
            IReadOnlyList<Guid> due = track == Seed.Tracks[0] ? [_seed.Current, _seed.Next, story.Hotfix] : [_seed.Current, _seed.Next];
            foreach (var iteration in due)
            {
                await CheckRecordAsync(track, iteration, cancellationToken);
            }

            CheckNothingElse(track, due);
            await CheckAliasAsync(track, cancellationToken);
            CheckWhyTheOthersWait(track);
        }

        await CheckVaultHoldsNothingElseAsync(cancellationToken);
        Expect($"{Seed.Tracks[0].Name}: its site was asked once to fetch the alias again", _cloud.AppService.RefreshesOf(Seed.Site) is var times && times == 1, $"it was asked {times} times");
        CheckHook();
        await CheckRotationAsync(cancellationToken);
        Expect("the same hook twice more changed nothing", story.AfterHook == story.AfterDuplicates, $"writes: {story.AfterHook}, then {story.AfterDuplicates}");
        Expect("the second poll changed nothing", story.AfterDuplicates == story.AfterSecondPoll, $"writes: {story.AfterDuplicates}, then {story.AfterSecondPoll}");
        var administration = await CheckServiceHooksAsync(cancellationToken);
        var doctor = await CheckDoctorAsync(cancellationToken);
        await CheckQueueAsync("provision-branch", cancellationToken);
        await CheckQueueAsync("provision-branch-poison", cancellationToken);
        CheckSecrecy(administration + doctor);
        return _checks;
    }

    private async Task CheckRecordAsync(SeededTrack track, Guid iteration, CancellationToken cancellationToken)
    {
        var name = SecretName(track, iteration);
        var what = $"{track.Name}: {_seed.Names[iteration]} has a ready branch, and {name} opens it";
        if (await _outside.FindAsync(name, cancellationToken) is not { } record)
        {
            Expect(what, false, $"there is no enabled secret {name}");
            return;
        }

        var branch = BranchOf(track, record.Tag("branch-id"));
        Expect(
            what,
            branch is { Ready: true, Production: false, ParentBranch: "main" } && record.LogIn?.BranchId == branch.Id && record.LogIn.Id == record.Tag("CredentialId"),
            $"branch: {branch?.ToString() ?? "none"}; the credential {(record.LogIn is null ? "opens nothing" : $"opens {record.LogIn.BranchId}")}");
        Expect(
            $"{track.Name}: {name} says whose it is",
            record.Tag("managed-by") == "iteration-branches" && record.Tag("track") == track.Name && record.Tag("iteration-id") == iteration.ToString() && record.Tag("state") == "ready"
                && record.Secret.ExpiresOn > TimeProvider.System.GetUtcNow(),
            $"its tags are {string.Join(", ", record.Secret.Tags.Select(tag => $"{tag.Key}={tag.Value}"))}");
        var credentials = IsRotated(track, iteration) ? 2 : 1;
        Expect(
            $"{track.Name}: {name} has had a claim and {(credentials == 1 ? "one credential" : "two credentials")}, no more",
            await _outside.CountVersionsAsync(name, cancellationToken) is var versions && versions == 1 + credentials,
            $"it has {versions} versions");
    }

    private void CheckNothingElse(SeededTrack track, IReadOnlyList<Guid> due)
    {
        var branches = _cloud.PlanetScale.Branches(track.Database).Count(branch => branch.Name != "main");
        Expect($"{track.Name}: {due.Count} branches in {track.Database}, no more", branches == due.Count, $"there are {branches}");
        var passwords = _cloud.PlanetScale.Passwords(track.Database).Count;
        var expected = due.Sum(iteration => IsRotated(track, iteration) ? 2 : 1);
        Expect($"{track.Name}: {expected} credentials in {track.Database}, no more", passwords == expected, $"there are {passwords}");
    }

    private bool IsRotated(SeededTrack track, Guid iteration) => track == Seed.Rotated && iteration == _seed.Current;

    /// <summary>The record has another credential (the alias has its own check), and the former one opens the branch until its grace is over.</summary>
    private async Task CheckRotationAsync(CancellationToken cancellationToken)
    {
        var rotation = story.Rotation;
        var name = SecretName(Seed.Rotated, _seed.Current);
        var record = await _outside.FindAsync(name, cancellationToken);
        Expect(
            $"{Seed.Rotated.Name}: rotate gave {name} another credential, and the former one is there for its grace",
            rotation is { Asked.ExitCode: 0, Former: { } former } && record?.LogIn is { } now && now.Id != former.Id && now.BranchId == former.BranchId
                && _cloud.PlanetScale.Passwords(Seed.Rotated.Database).Any(password => password.Id == former.Id),
            $"{rotation.Asked.Output}{rotation.Asked.Errors}before: {rotation.Former?.Id ?? "none"}, now: {record?.LogIn?.Id ?? "none"}");
    }

    private async Task CheckAliasAsync(SeededTrack track, CancellationToken cancellationToken)
    {
        var alias = AliasOf(track);
        var found = await _outside.FindAsync(alias, cancellationToken);
        var record = await _outside.FindAsync(SecretName(track, _seed.Current), cancellationToken);
        Expect(
            $"{track.Name}: {alias} opens the branch of the current {_seed.Names[_seed.Current]}",
            found?.LogIn is not null && found.LogIn == record?.LogIn,
            found is null ? "there is no such secret" : $"it opens {found.LogIn?.BranchId ?? "nothing"}");
    }

    private void CheckWhyTheOthersWait(SeededTrack track)
    {
        var said = events.Where(seen => seen.Kind == HostEventKind.Log).Select(seen => seen.Text).ToList();
        Expect(
            $"{track.Name}: the log says why the others wait",
            said.Exists(line => line.StartsWith($"{track.Name}: {_seed.Names[_seed.FarOff]}: branch on 20", StringComparison.Ordinal))
                && said.Exists(line => line == $"{track.Name}: {_seed.Names[_seed.Undated]}: no dates yet"),
            "the lines about the far-off and the undated sprint are missing");
    }

    private async Task CheckVaultHoldsNothingElseAsync(CancellationToken cancellationToken)
    {
        var secrets = await _outside.ListSecretsAsync(cancellationToken);
        Expect("the vault holds 5 records and 2 aliases, no more", secrets.Count == 7, $"it holds {string.Join(", ", secrets.Select(secret => secret.Name))}");
        var longest = _cloud.KeyVault.PolicyValidity!.Value;
        var against = secrets.Where(secret => !(secret.ExpiresOn - secret.CreatedOn <= longest)).ToList();
        Expect(
            $"each of them has an expiry, within the {longest.TotalDays:0} days that the vault's policy allows",
            against.Count == 0,
            $"it refuses {string.Join(", ", against.Select(secret => $"{secret.Name} ({secret.ExpiresOn?.ToString("u") ?? "none"})"))}");
    }

    private void CheckHook()
    {
        var first = story.Deliveries[0];
        Expect("the hook was answered with 202", first.Status == 202, $"it was {first.Status} {first.ResponseBody}");
        Expect("the hook brought the branch before the next poll", story.PollsBeforeHotfix == 1, $"{story.PollsBeforeHotfix} polls had run");
        Expect("both duplicates were accepted", story.Deliveries.Skip(1).All(delivery => delivery.Status == 202), string.Join(", ", story.Deliveries.Select(delivery => delivery.Status)));
        var storm = story.Storm;
        // Both teams are of one project, so each event is told to both tracks.
        var tracks = Seed.Tracks.Count;
        Expect("ten work items moved at once were accepted, for each track", storm.Deliveries.Count == 10 * tracks && storm.Deliveries.All(delivery => delivery.Status == 202), string.Join(", ", storm.Deliveries.Select(delivery => delivery.Status)));
        // A second one if the machine was so slow that the first had begun before the last hook arrived.
        Expect("one look a track was pending for all ten, and one followed", storm.Pending <= tracks && storm.Looks >= tracks && storm.Looks <= 2 * tracks, $"{storm.Pending} messages were pending, {storm.Looks} looks followed");
    }

    /// <returns>What the app printed.</returns>
    private async Task<string> CheckServiceHooksAsync(CancellationToken cancellationToken)
    {
        string[] wanted = [.. Seed.Tracks.SelectMany(track => s_hookEvents.Select(eventType => $"{track.Name} {eventType}"))];
        var there = _cloud.Boards.Subscriptions.Select(one => $"{one.Url.Segments[^1]} {one.EventType}").Order(StringComparer.Ordinal).ToList();
        var first = sandbox.HooksCreated;
        Expect($"hooks create made {wanted.Length} service hooks", first.ExitCode == 0 && there.SequenceEqual(wanted), $"{first.Output}{first.Errors}");
        var again = await sandbox.AdministerAsync(["hooks", "create"], cancellationToken);
        var created = _cloud.Boards.Calls.Count("create_subscription");
        Expect("hooks create, run again, made none", again.ExitCode == 0 && created == wanted.Length, $"{created} were made in all; {again.Output}{again.Errors}");
        var test = await sandbox.AdministerAsync(["hooks", "test"], cancellationToken);
        Expect("hooks test: the app answers each with 200", test.ExitCode == 0 && test.Output.Split("answered 200").Length == wanted.Length + 1, $"{test.Output}{test.Errors}");
        return string.Concat(new[] { first, again, test }.Select(result => result.Output + result.Errors));
    }

    /// <returns>What the app answered and printed.</returns>
    private async Task<string> CheckDoctorAsync(CancellationToken cancellationToken)
    {
        var before = Writes.Of(_cloud);
        var (status, diagnosis) = await sandbox.AskDoctorAsync(sandbox.Host.MasterKey, cancellationToken);
        Expect(
            "the doctor finds everything as it should be, and changes nothing",
            status == 200 && JsonNode.Parse(diagnosis)?["healthy"]?.GetValue<bool>() is true && Writes.Of(_cloud) == before,
            $"it answered {status}: {diagnosis}");
        var strangers = new[] { await sandbox.AskDoctorAsync(null, cancellationToken), await sandbox.AskDoctorAsync(sandbox.Host.FunctionKey, cancellationToken) };
        Expect("without the host's master key it is refused", strangers.All(answer => answer is (401, "")), string.Join(", ", strangers.Select(answer => answer.Status)));
        var verb = await sandbox.RunDoctorAsync(cancellationToken);
        Expect("the verb doctor shows the same", verb.ExitCode == 0 && verb.Output.Contains("\nHealthy: ", StringComparison.Ordinal), $"{verb.Output}{verb.Errors}");
        return diagnosis + verb.Output + verb.Errors;
    }

    private async Task CheckQueueAsync(string queue, CancellationToken cancellationToken)
    {
        var count = await _outside.CountMessagesAsync(queue, cancellationToken);
        Expect($"no message is left on {queue}", count == 0, $"there are {count}");
    }

    private void CheckSecrecy(string administration)
    {
        var texts = events.Select(seen => seen.Text).Concat(story.Deliveries.Select(delivery => delivery.ResponseBody ?? "")).Append(administration).Append(story.Rotation.Asked.Output + story.Rotation.Asked.Errors).ToList();
        var secrets = _cloud.PlanetScale.IssuedSecrets;
        Expect(
            $"none of the {secrets.Count} credentials is in the {texts.Count} lines and answers of the app",
            secrets.Count > 0 && !texts.Exists(text => secrets.Any(secret => text.Contains(secret, StringComparison.Ordinal))),
            "a credential was printed");
        string[] hooks = [_cloud.AdministratorToken, _cloud.HookPassword, sandbox.Host.FunctionKey, sandbox.Host.MasterKey];
        Expect(
            "nor is the hooks' password, a key of the host, or the administrator's token",
            !texts.Exists(text => hooks.Any(secret => text.Contains(secret, StringComparison.Ordinal))),
            "one of them was printed");
    }

    private BranchState? BranchOf(SeededTrack track, string id) => _cloud.PlanetScale.Branches(track.Database).FirstOrDefault(branch => branch.Id == id);

    private void Expect(string what, bool isSo, string otherwise) => _checks.Add(new(what, isSo ? null : otherwise));

    public static string SecretName(SeededTrack track, Guid iteration) => $"br-{track.Name}-{iteration.ToString("N")[..8]}";

    internal static string AliasOf(SeededTrack track) => $"ConnectionStrings--{track.Name}";
}
