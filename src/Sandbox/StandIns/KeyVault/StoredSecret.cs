namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>What a request sets; a null member is not specified.</summary>
internal sealed record SecretChange(
    string? ContentType, bool? Enabled, DateTimeOffset? NotBefore, DateTimeOffset? Expires, IReadOnlyDictionary<string, string>? Tags)
{
    public static readonly SecretChange None = new(null, null, null, null, null);
}

internal sealed record StoredVersion(string Id, string Value, DateTimeOffset Created)
{
    public required DateTimeOffset Updated { get; init; }

    public bool Enabled { get; init; } = true;

    public string? ContentType { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>What is not specified stays as it is; tags are replaced as a whole.</summary>
    public StoredVersion With(SecretChange change, DateTimeOffset now) => this with
    {
        Updated = now,
        ContentType = change.ContentType ?? ContentType,
        Enabled = change.Enabled ?? Enabled,
        NotBefore = change.NotBefore ?? NotBefore,
        Expires = change.Expires ?? Expires,
        Tags = change.Tags ?? Tags,
    };

    // Not the value.
    public override string ToString() => Id;
}

/// <param name="Done">From when on the secret is seen among the deleted ones.</param>
internal sealed record Deletion(DateTimeOffset At, DateTimeOffset Done, DateTimeOffset Purge);

internal enum SecretPhase
{
    Active,
    BeingDeleted,
    Deleted,
    BeingRecovered,
    Purged,
}

internal sealed class StoredSecret(string name)
{
    /// <summary>As it was written when it was first set; names are compared without regard to case.</summary>
    public string Name { get; } = name;

    /// <summary>In the order in which they were set. The last is the latest: <c>created</c> has whole seconds, and cannot say.</summary>
    public List<StoredVersion> Versions { get; } = [];

    public Deletion? Deletion { get; private set; }

    private DateTimeOffset _recovered = DateTimeOffset.MinValue;

    public StoredVersion Latest => Versions[^1];

    public StoredSecret Copy()
    {
        var copy = new StoredSecret(Name) { Deletion = Deletion, _recovered = _recovered };
        copy.Versions.AddRange(Versions);
        return copy;
    }

    public SecretPhase Phase(DateTimeOffset now) => Deletion switch
    {
        null => now < _recovered ? SecretPhase.BeingRecovered : SecretPhase.Active,
        { } deletion when now >= deletion.Purge => SecretPhase.Purged,
        { } deletion => now < deletion.Done ? SecretPhase.BeingDeleted : SecretPhase.Deleted,
    };

    public void Delete(Deletion deletion) => Deletion = deletion;

    public void Recover(DateTimeOffset done) => (Deletion, _recovered) = (null, done);
}

/// <summary>One version as an answer shows it.</summary>
internal sealed record SecretView(string Name, StoredVersion Version, Deletion? Deletion = null);
