using System.Globalization;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Year;

/// <summary>
/// What must be found in the services at the end of a day, worked out from what people did, and not by the product's plan.
/// </summary>
internal sealed class Evening(Hands hands, Destructions destructions)
{
    private readonly List<string> _wrong = [];
    private readonly DateOnly _today = hands.World.Today;
    private readonly IReadOnlyList<SecretState> _secrets = hands.World.KeyVault.Secrets;
    private readonly Dictionary<string, IReadOnlyList<BranchState>> _branches = Databases.ToDictionary(name => name, hands.World.PlanetScale.Branches);
    private readonly Dictionary<string, IReadOnlyList<PasswordState>> _credentials = Databases.ToDictionary(name => name, hands.World.PlanetScale.Passwords);

    private static string[] Databases => [YearWorld.Shop, YearWorld.Ledger, YearWorld.Drafts];

    /// <summary>What the night has done, before people come to work: what is due has begun, and has the alias if it is running.</summary>
    public static void AfterNight(Hands hands)
    {
        var today = hands.World.Today;
        foreach (var team in hands.Teams)
        {
            foreach (var life in team.Lives.Where(life => life.IsWanted(today) && !hands.IsInTrouble(life)))
            {
                life.IsKnown = true;
            }

            if (team.AliasTrouble is null && team.CurrentOn(today) is { } current && !hands.IsInTrouble(current))
            {
                (team.Given, current.LastAliasDay) = (current, today);
            }
        }
    }

    /// <returns>What is wrong; empty when nothing is.</returns>
    public IReadOnlyList<string> Problems()
    {
        foreach (var team in hands.Teams)
        {
            foreach (var life in team.Lives)
            {
                Check(life);
            }

            CheckAlias(team);
        }

        CheckStrays();
        _wrong.AddRange(hands.Foreign.Problems());
        _wrong.AddRange(destructions.Problems);
        foreach (var life in hands.Teams.SelectMany(team => team.Lives))
        {
            Remember(life);
        }

        return _wrong;
    }

    private void Check(Life life)
    {
        if (hands.IsInTrouble(life))
        {
            return;
        }

        if (life.IsDeleted && Branch(life) is null)
        {
            // In its time, or it has been reported.
            (life.IsDeleted, life.IsKnown, life.BranchId) = (false, false, null);
        }

        var secret = Secret(life);
        if (life.IsWanted(_today))
        {
            CheckLives(life);
            life.IsKnown = true;
        }
        else if (!life.IsKnown)
        {
            Expect(secret is null, $"{life} has a record, and was never due");
        }
        else if (life.Team.Given == life || _today <= life.Sprint.Finish?.AddDays(Team.Grace))
        {
            CheckLives(life);
        }
        else if (life.RetiredBy <= _today && (life.Guards.Count == 0 || life.Team.Retire == "Revoke"))
        {
            CheckRetired(life);
        }
        else
        {
            Expect(secret is not null || life.DueOn is not null, $"{life} is to be kept, and has no record");
            Expect(
                life.EndedBy is not { } ended || _today < ended || life.Guards.Count > 0 || LiveCredentials(life).All(credential => credential.Id != secret?.Tags.GetValueOrDefault("CredentialId")),
                $"{life} ended on {life.EndsOn}, and its credential is valid still");
            Expect(life.Guards.Count == 0 || Branch(life) is not null, $"{life} is guarded, and its branch is gone");
        }

        if (secret is { Enabled: false } && life.WasReadable)
        {
            _wrong.AddRange(destructions.Against(life).Select(reason => $"{life} was disabled: {reason}"));
        }
    }

    /// <summary>Exactly one record, and it opens the sprint's own branch.</summary>
    private void CheckLives(Life life)
    {
        if (Secret(life) is not { } secret)
        {
            _wrong.Add($"{life} has no record");
            return;
        }

        var tags = secret.Tags;
        Expect(secret.Enabled && tags.GetValueOrDefault("state") == "ready", $"{life} has a record that is {tags.GetValueOrDefault("state")}{(secret.Enabled ? "" : ", disabled")} {tags.GetValueOrDefault("refused")}");
        Expect(
            (tags.GetValueOrDefault("managed-by"), tags.GetValueOrDefault("track"), tags.GetValueOrDefault("iteration-id")) == ("iteration-branches", life.Team.Track, life.Sprint.Id.ToString("D")),
            $"{life} has a record of others");
        Expect(
            life.Sprint is { Finish: null } or { IsRemoved: true } || tags.GetValueOrDefault("finish")?.Split("; ")[0] == life.Sprint.Finish?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            $"{life} ends on {life.Sprint.Finish}, and its record says {tags.GetValueOrDefault("finish")}");
        var opened = hands.World.LogInWith(secret.Name);
        Expect(
            opened is not null && (opened.Id, opened.BranchId) == (tags.GetValueOrDefault("CredentialId"), tags.GetValueOrDefault("branch-id")),
            $"{life}'s record opens {opened}, and names {tags.GetValueOrDefault("CredentialId")} of {tags.GetValueOrDefault("branch-id")}");
        Expect(life.BranchId is null || life.BranchId == tags.GetValueOrDefault("branch-id"), $"{life} had another branch");
        if (life.BranchId is null)
        {
            (life.BranchId, life.PlainName) = (tags.GetValueOrDefault("branch-id"), life.Sprint.Name);
        }

        Expect(Branch(life) is { Ready: true, Deleting: false, ActorId: OutsideWorld.Actor }, $"{life} has the branch {Branch(life)}");
        Expect(Branch(life)?.Name == life.BranchName, $"{life} has the branch {Branch(life)?.Name} instead of {life.BranchName}");
        Expect(Branch(life)?.HasData is not false || life.Team.Database != YearWorld.Ledger, $"{life} has no data");
        foreach (var other in LiveCredentials(life).Where(credential => credential.Id != tags.GetValueOrDefault("CredentialId")))
        {
            // The alias gives what was replaced until its own next version, and from then on it has its grace; a day more until it is seen.
            Expect(
                destructions.LastNamed(other.Id) is { } until && (until == DateTimeOffset.MaxValue || hands.World.Clock.GetUtcNow() - until < TimeSpan.FromDays(Team.RotationGrace + 1)),
                $"{life} still has the credential {other}");
        }
    }

    private void CheckRetired(Life life)
    {
        var secret = Secret(life);
        if (life.Team.Retire == "Revoke")
        {
            Expect(secret is { Enabled: false } && secret.Tags.GetValueOrDefault("state") == "revoked", $"{life} should be revoked, and is {secret?.Tags.GetValueOrDefault("state")} {secret?.Tags.GetValueOrDefault("refused")}");
            Expect(!LiveCredentials(life).Any(), $"{life} is revoked, and has credentials");
            Expect(Branch(life) is { Deleting: false }, $"{life} is revoked, and has no branch");
            return;
        }

        Expect(Branch(life) is null, $"{life} should be gone, and has the branch {Branch(life)?.Name}");
        Expect(secret is null, $"{life} should be gone, and has the record {secret} {secret?.Tags.GetValueOrDefault("state")} {secret?.Tags.GetValueOrDefault("refused")}");
    }

    private void CheckAlias(Team team)
    {
        if (team.AliasTrouble is not null)
        {
            return;
        }

        var current = team.CurrentOn(_today);
        if (current is not null && !hands.IsInTrouble(current))
        {
            team.Given = current;
        }

        if (team.Given is not { } given)
        {
            Expect(_secrets.All(secret => secret.Name != team.Alias), $"{team} has an alias already");
            return;
        }

        given.LastAliasDay = _today;
        if (_secrets.FirstOrDefault(secret => secret.Name == team.Alias) is not { } alias)
        {
            _wrong.Add($"{team} has no alias");
            return;
        }

        Expect(alias.Tags.GetValueOrDefault("iteration-id") == given.Sprint.Id.ToString("D"), $"the alias of {team} gives another than {given.Sprint}: {alias.Tags.GetValueOrDefault("iteration-id")}");
        if (given.Trouble is null)
        {
            Expect(alias.Tags.GetValueOrDefault("CredentialId") == Secret(given)?.Tags.GetValueOrDefault("CredentialId"), $"the alias of {team} gives another credential than {given}'s record");
            Expect(hands.World.KeyVault.ReadValue(alias.Name) == hands.World.KeyVault.ReadValue(given.Record), $"the alias of {team} gives another text than {given}'s record");
        }

        if (given.BranchId is not null)
        {
            Expect(alias.Enabled && hands.World.LogInWith(alias.Name)?.BranchId == given.BranchId, $"the alias of {team} opens {hands.World.LogInWith(alias.Name)} instead of {given}'s branch");
        }
    }

    private void CheckStrays()
    {
        var lives = hands.Teams.SelectMany(team => team.Lives).ToList();
        foreach (var branch in _branches.SelectMany(database => database.Value).Where(branch => !hands.Foreign.IsForeignBranch(branch.Id)))
        {
            Expect(lives.Exists(life => life.BranchId == branch.Id), $"nobody knows the branch {branch.Name}");
        }

        foreach (var secret in _secrets.Where(secret => !hands.Foreign.IsForeignSecret(secret.Name)))
        {
            Expect(hands.Teams.Any(team => team.Alias == secret.Name) || lives.Exists(life => life.Record == secret.Name), $"nobody knows the secret {secret.Name}");
        }
    }

    private void Remember(Life life)
    {
        var secret = Secret(life);
        life.WasReadable = secret is { Enabled: true };
        life.Notice = secret?.Tags.GetValueOrDefault("finish") is not { } text || !text.Contains("; ", StringComparison.Ordinal) ? null
            : life.Notice is { } before && before.Text == text ? before
            : (text, _today);
    }

    private SecretState? Secret(Life life) => _secrets.FirstOrDefault(secret => secret.Name == life.Record);

    private BranchState? Branch(Life life) => _branches[life.Team.Database].FirstOrDefault(branch => branch.Id == life.BranchId);

    private IEnumerable<PasswordState> LiveCredentials(Life life) => _credentials[life.Team.Database]
        .Where(credential => credential.BranchId == life.BranchId && credential.ActorId == OutsideWorld.Actor && !(credential.ExpiresAt <= hands.World.Clock.GetUtcNow()));

    private void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            _wrong.Add(otherwise);
        }
    }
}
