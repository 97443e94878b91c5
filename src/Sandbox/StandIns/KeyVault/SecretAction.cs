namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>A permission on secrets, under the name that role definitions give it.</summary>
/// <remarks>https://learn.microsoft.com/azure/key-vault/general/rbac-abac</remarks>
internal sealed record SecretAction(string Name, string DataAction)
{
    public static readonly SecretAction GetSecret = Of("getSecret");
    public static readonly SecretAction ReadMetadata = Of("readMetadata");
    public static readonly SecretAction SetSecret = Of("setSecret");
    public static readonly SecretAction Update = Of("update");
    public static readonly SecretAction Recover = Of("recover");
    public static readonly SecretAction Purge = Of("purge");

    // The one data action that has no "/action" at its end.
    public static readonly SecretAction Delete = new("delete", "Microsoft.KeyVault/vaults/secrets/delete");

    private static readonly SecretAction[] s_all = [GetSecret, ReadMetadata, SetSecret, Update, Delete, Recover, Purge];

    public static SecretAction Parse(string name) =>
        s_all.FirstOrDefault(action => action.Name == name)
        ?? throw new ArgumentException($"'{name}' is none of {string.Join(", ", s_all.Select(action => action.Name))}.", nameof(name));

    private static SecretAction Of(string name) => new(name, $"Microsoft.KeyVault/vaults/secrets/{name}/action");
}
