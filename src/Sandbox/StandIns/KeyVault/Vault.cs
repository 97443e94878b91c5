namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>The secrets and what can become of them. What takes time in the service takes it here by the clock.</summary>
internal sealed class Vault
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StoredSecret> _secrets = new(StringComparer.OrdinalIgnoreCase);
    private readonly History<StoredSecret> _former = new();
    private readonly TimeProvider _clock;

    public Vault(TimeProvider clock)
    {
        _clock = clock;
        Remember();
    }

    public TimeSpan DeletionTakes { get; set; }

    public TimeSpan RecoveryTakes { get; set; }

    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    public bool PurgeProtection { get; set; }

    /// <inheritdoc cref="KeyVaultStandIn.PolicyValidity"/>
    public TimeSpan? PolicyValidity { get; set; }

    // The service keeps whole seconds.
    private DateTimeOffset WholeSecond => DateTimeOffset.FromUnixTimeSeconds(_clock.GetUtcNow().ToUnixTimeSeconds());

    public SecretView Set(string name, string value, SecretChange change)
    {
        lock (_gate)
        {
            var secret = Find(name);
            switch (Phase(secret))
            {
                case SecretPhase.BeingDeleted:
                    throw KeyVaultRefusal.IsBeingDeleted(secret!.Name);
                case SecretPhase.Deleted:
                    throw KeyVaultRefusal.IsDeleted(secret!.Name);
                case SecretPhase.BeingRecovered:
                    throw KeyVaultRefusal.IsBeingRecovered(secret!.Name);
                default:
                    break;
            }

            var now = WholeSecond;
            var version = Allowed(new StoredVersion(Guid.NewGuid().ToString("N"), value, now) { Updated = now }.With(change, now));
            secret ??= _secrets[name] = new StoredSecret(name);
            secret.Versions.Add(version);
            Remember();
            return new SecretView(secret.Name, secret.Latest);
        }
    }

    public SecretView Get(string name, string? version)
    {
        lock (_gate)
        {
            var secret = FindActive(name, version);
            var found = secret.Versions[IndexOf(secret, version)];
            return found.Enabled ? new SecretView(secret.Name, found) : throw KeyVaultRefusal.Disabled();
        }
    }

    public SecretView Update(string name, string? version, SecretChange change)
    {
        lock (_gate)
        {
            var secret = FindActive(name, version);
            var index = IndexOf(secret, version);
            secret.Versions[index] = Allowed(secret.Versions[index].With(change, WholeSecond));
            Remember();
            return new SecretView(secret.Name, secret.Versions[index]);
        }
    }

    public SecretView Delete(string name)
    {
        lock (_gate)
        {
            var secret = Find(name);
            if (Phase(secret) is SecretPhase.BeingRecovered)
            {
                throw KeyVaultRefusal.IsBeingRecovered(secret!.Name);
            }

            secret = FindActive(name, version: null);
            var now = _clock.GetUtcNow();
            secret.Delete(new Deletion(WholeSecond, now + DeletionTakes, WholeSecond + Retention));
            Remember();
            return Shown(secret);
        }
    }

    public SecretView GetDeleted(string name)
    {
        lock (_gate)
        {
            var secret = Find(name);
            return Phase(secret) is SecretPhase.Deleted ? Shown(secret!) : throw KeyVaultRefusal.NotFound(name);
        }
    }

    public SecretView Recover(string name)
    {
        lock (_gate)
        {
            var secret = FindDeleted(name);
            secret.Recover(_clock.GetUtcNow() + RecoveryTakes);
            Remember();
            return Shown(secret);
        }
    }

    public void Purge(string name)
    {
        lock (_gate)
        {
            var secret = FindDeleted(name);
            if (PurgeProtection)
            {
                throw KeyVaultRefusal.PurgeProtected();
            }

            _secrets.Remove(secret.Name);
            Remember();
        }
    }

    /// <summary>The latest version of each secret, by name.</summary>
    public IReadOnlyList<SecretView> List(ListView view, bool deleted = false)
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            return
            [
                .. view.Show([.. _secrets.Values], _former, now, secret => secret.Name)
                    .Where(secret => secret.Phase(now - view.Behind) == (deleted ? SecretPhase.Deleted : SecretPhase.Active))
                    .OrderBy(secret => secret.Name, StringComparer.OrdinalIgnoreCase)
                    .Select(Shown),
            ];
        }
    }

    /// <summary>None where there is no such secret: the service does not answer 404 to this.</summary>
    public IReadOnlyList<SecretView> ListVersions(string name)
    {
        lock (_gate)
        {
            var secret = Find(name);
            return Phase(secret) is SecretPhase.Active && secret is not null
                ? [.. secret.Versions.Select(version => new SecretView(secret.Name, version))]
                : [];
        }
    }

    /// <summary>At all secrets, also those that are deleted or on the way to it.</summary>
    public T Look<T>(Func<IEnumerable<StoredSecret>, T> look)
    {
        lock (_gate)
        {
            return look(_secrets.Values.Where(secret => Phase(secret) is not SecretPhase.Purged));
        }
    }

    private StoredVersion Allowed(StoredVersion version) =>
        PolicyValidity is { } longest && !(version.Expires - version.Created <= longest) ? throw KeyVaultRefusal.DisallowedByPolicy() : version;

    private void Remember() => _former.Keep(_clock.GetUtcNow(), [.. _secrets.Values.Select(secret => secret.Copy())]);

    private static SecretView Shown(StoredSecret secret) => new(secret.Name, secret.Latest, secret.Deletion);

    private static StoredVersion? Version(StoredSecret? secret, string? version) =>
        version is null ? secret?.Latest : secret?.Versions.Find(one => Same(one.Id, version));

    private static int IndexOf(StoredSecret secret, string? version) => secret.Versions.IndexOf(Version(secret, version)!);

    private static bool Same(string id, string other) => string.Equals(id, other, StringComparison.OrdinalIgnoreCase);

    private SecretPhase Phase(StoredSecret? secret) => secret?.Phase(_clock.GetUtcNow()) ?? SecretPhase.Active;

    private StoredSecret? Find(string name)
    {
        if (_secrets.GetValueOrDefault(name) is not { } secret)
        {
            return null;
        }

        if (Phase(secret) is SecretPhase.Purged)
        {
            _secrets.Remove(name);
            return null;
        }

        return secret;
    }

    private StoredSecret FindActive(string name, string? version)
    {
        var secret = Find(name);
        return Phase(secret) is SecretPhase.Active && Version(secret, version) is not null
            ? secret!
            : throw KeyVaultRefusal.NotFound(version is null ? name : $"{name}/{version}");
    }

    private StoredSecret FindDeleted(string name)
    {
        var secret = Find(name);
        return Phase(secret) switch
        {
            SecretPhase.Deleted => secret!,
            SecretPhase.BeingDeleted => throw KeyVaultRefusal.IsBeingDeleted(secret!.Name),
            SecretPhase.BeingRecovered => throw KeyVaultRefusal.IsBeingRecovered(secret!.Name),
            _ => throw KeyVaultRefusal.NotFound(name),
        };
    }
}
