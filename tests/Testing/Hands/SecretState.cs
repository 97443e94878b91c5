using IterationBranches.Sandbox.StandIns.KeyVault;

namespace IterationBranches.Testing.Hands;

/// <summary>A secret as a check from outside sees it. The value is not in it: <see cref="KeyVaultHands"/>.</summary>
/// <param name="Enabled">Of the latest version, as are the content type, the tags and the expiry.</param>
/// <param name="Versions">In the order in which they were set.</param>
public sealed record SecretState(
    string Name, bool Enabled, string? ContentType, IReadOnlyDictionary<string, string> Tags, DateTimeOffset? Expires,
    IReadOnlyList<SecretVersionState> Versions)
{
    private static readonly Dictionary<string, string> s_none = [];

    internal static SecretState Of(StoredSecret secret) => new(
        secret.Name, secret.Latest.Enabled, secret.Latest.ContentType, secret.Latest.Tags ?? s_none, secret.Latest.Expires,
        [.. secret.Versions.Select(version => new SecretVersionState(version.Id, version.Created, version.Expires, version.Enabled, version.Tags ?? s_none))]);

    public override string ToString() => $"{Name} ({Versions.Count} versions{(Enabled ? "" : ", disabled")})";
}

public sealed record SecretVersionState(string Id, DateTimeOffset Created, DateTimeOffset? Expires, bool Enabled, IReadOnlyDictionary<string, string> Tags);
