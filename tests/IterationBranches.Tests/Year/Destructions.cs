using System.Collections.Concurrent;
using System.Globalization;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Year;

/// <summary>Sees every change as it is made, and says which was made before its time, or to what is not the product's.</summary>
internal sealed class Destructions
{
    private static readonly HashSet<string> s_allowed = new(StringComparer.Ordinal)
    {
        "create_branch", "delete_branch", "create_password", "renew_password", "reassign_role_objects", "delete_password", "create_role", "renew_role", "delete_role",
        "set_secret", "update_secret", "delete_secret", "recover_secret",
    };

    private readonly Hands _hands;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly ConcurrentDictionary<string, int> _seen = new(StringComparer.Ordinal);

    public Destructions(Hands hands)
    {
        _hands = hands;
        hands.World.Changed = See;
    }

    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>How many of each operation there were.</summary>
    public IReadOnlyDictionary<string, int> Seen => _seen;

    /// <summary>Why a sprint may not be retired at this moment; empty when it may.</summary>
    public IEnumerable<string> Against(Life life)
    {
        var now = _hands.World.Clock.GetUtcNow();
        var today = _hands.World.Today;
        if (life.DueOn is not { } due || today < due)
        {
            yield return $"it is due on {life.DueOn?.ToString("O", CultureInfo.InvariantCulture) ?? "no day"}";
        }

        if (life.Notice is not { } notice || notice.Since.AddDays(7) > today || now < DateTimeOffset.Parse(notice.Text.Split(" after ")[1], CultureInfo.InvariantCulture))
        {
            yield return $"its notice is {life.Notice}";
        }

        if (AliasLeft(life) is { } left && now - left < TimeSpan.FromDays(Team.RotationGrace))
        {
            yield return $"the alias left it at {left:u}";
        }
    }

    /// <summary>Since when nothing names the credential any more; the end of time: something does; null: nothing ever did.</summary>
    public DateTimeOffset? LastNamed(string credential) => _hands.World.KeyVault.Secrets.Max(secret => Left(secret, "CredentialId", credential));

    private DateTimeOffset? AliasLeft(Life life) =>
        _hands.World.KeyVault.Secrets.FirstOrDefault(secret => secret.Name == life.Team.Alias) is { } alias ? Left(alias, "iteration-id", life.Sprint.Id.ToString("D")) : null;

    private static DateTimeOffset? Left(SecretState secret, string tag, string value)
    {
        var last = secret.Versions.ToList().FindLastIndex(version => version.Tags.GetValueOrDefault(tag) == value);
        return last < 0 ? null : last == secret.Versions.Count - 1 ? DateTimeOffset.MaxValue : secret.Versions[last + 1].Created;
    }

    private void See(Sandbox.StandIns.Call call)
    {
        _seen.AddOrUpdate(call.Operation, 1, (_, count) => count + 1);
        if (!s_allowed.Contains(call.Operation) || call.Principal is not (OutsideWorld.Actor or OutsideWorld.App))
        {
            Report(call, ["nobody asked for that"]);
        }

        var parts = call.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        switch (call.Operation)
        {
            case "delete_branch":
                Report(call, AgainstBranch(parts[4], parts[6]));
                break;
            case "delete_password" or "delete_role":
                Report(call, AgainstCredential(parts[6], parts[8]));
                break;
            case "delete_secret":
                Report(call, AgainstSecret(parts[1]));
                break;
            default:
                break;
        }
    }

    private void Report(Sandbox.StandIns.Call call, IEnumerable<string> reasons)
    {
        foreach (var reason in reasons)
        {
            _problems.Enqueue($"{call.At:u} {call.Operation} {call.Path}: {reason}");
        }
    }

    private Life? LifeOf(string branchId) => _hands.Teams.SelectMany(team => team.Lives).FirstOrDefault(life => life.BranchId == branchId);

    private List<string> AgainstBranch(string database, string id)
    {
        var branches = _hands.World.PlanetScale.Branches(database);
        if (LifeOf(id) is not { } life || branches.FirstOrDefault(branch => branch.Id == id) is not { } branch)
        {
            return ["it is not the branch of any sprint"];
        }

        life.IsDeleted = true;
        List<string> against = [.. Against(life)];
        if (life.Team.Retire != "Delete")
        {
            against.Add($"its track says {life.Team.Retire}");
        }

        against.AddRange(life.Guards.Select(guard => $"it is guarded: {guard}"));
        if (branch.DeletionProtected || branch.Production || branches.Any(other => other.ParentBranch == branch.Name))
        {
            against.Add("it is protected, of production, or has children");
        }

        var parent = branches.First(other => other.Name == "main");
        if (database != YearWorld.Ledger && !life.Team.RetireUndeployed && !branch.Tables.SequenceEqual(parent.Tables))
        {
            against.Add($"its tables are {string.Join(", ", branch.Tables)}");
        }

        return against;
    }

    private IEnumerable<string> AgainstCredential(string branchId, string id)
    {
        var named = LastNamed(id);
        if (_hands.Leaked.Contains(id))
        {
            return named == DateTimeOffset.MaxValue ? ["it is in use"] : [];
        }

        if (LifeOf(branchId) is not { } life)
        {
            return ["its branch is not any sprint's"];
        }

        // Disabled by a person is not retired.
        return _hands.Secret(life)?.Tags.GetValueOrDefault("state") is "revoked" ? Against(life)
            : named is not { } left ? ["nothing ever named it"]
            : left == DateTimeOffset.MaxValue && _hands.Secret(life)?.Tags.GetValueOrDefault("CredentialId") == id ? AgainstEnd(life, id)
            : left == DateTimeOffset.MaxValue || _hands.World.Clock.GetUtcNow() - left < TimeSpan.FromDays(Team.RotationGrace) ? [$"it was in use until {left:u}"]
            : [];
    }

    /// <summary>A renewal made it valid for longer than its sprint and the grace.</summary>
    private IEnumerable<string> AgainstEnd(Life life, string id)
    {
        if (life.EndsOn is not { } ends || _hands.World.Today < ends)
        {
            yield return $"it is valid to {life.EndsOn:O}";
        }

        if (AliasLeft(life) is { } left && _hands.World.Clock.GetUtcNow() - left < TimeSpan.FromDays(Team.RotationGrace))
        {
            yield return $"the alias left it at {left:u}";
        }

        if (_hands.World.KeyVault.Secrets.Any(secret => secret.Name == life.Team.Alias && secret.Tags.GetValueOrDefault("CredentialId") == id))
        {
            yield return "the alias gives it";
        }
    }

    private IEnumerable<string> AgainstSecret(string name)
    {
        if (_hands.Teams.SelectMany(team => team.Lives).FirstOrDefault(life => life.Record == name) is not { } life)
        {
            return ["it is not the record of any sprint"];
        }

        return _hands.World.PlanetScale.Branches(life.Team.Database).Any(branch => branch.Id == life.BranchId) ? ["its branch is still there"] : Against(life);
    }
}
