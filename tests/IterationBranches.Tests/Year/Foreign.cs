using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.Year;

/// <summary>What is not the product's, as people left it: it must be found so each evening.</summary>
internal sealed class Foreign(YearWorld world)
{
    private readonly Dictionary<string, string> _things = new(StringComparer.Ordinal);
    private readonly HashSet<string> _branches = new(StringComparer.Ordinal);

    public void AddBranch(string database, string id)
    {
        _branches.Add(id);
        _things[$"branch {database} {id}"] = ShowBranch(database, id);
    }

    public void AddPassword(string database, string id) => _things[$"password {database} {id}"] = ShowPassword(database, id);

    public void AddSecret(string name) => _things[$"secret - {name}"] = ShowSecret(name);

    public void Forget(string idOrName)
    {
        foreach (var key in _things.Keys.Where(key => key.EndsWith($" {idOrName}", StringComparison.Ordinal)).ToList())
        {
            _things.Remove(key);
        }
    }

    public bool IsForeignBranch(string id) => _branches.Contains(id);

    public bool IsForeignSecret(string name) => _things.ContainsKey($"secret - {name}");

    public IEnumerable<string> Problems() =>
        from thing in _things
        let parts = thing.Key.Split(' ')
        let now = parts[0] switch
        {
            "branch" => ShowBranch(parts[1], parts[2]),
            "password" => ShowPassword(parts[1], parts[2]),
            _ => ShowSecret(parts[2]),
        }
        where now != thing.Value
        select $"the foreign {thing.Key} was {thing.Value} and is {now}";

    private string ShowBranch(string database, string id) => world.PlanetScale.Branches(database).FirstOrDefault(branch => branch.Id == id) is { } found
        ? $"{found.Name} of {found.ParentBranch}, {(found.Production, found.DeletionProtected, found.Ready, found.Deleting, found.ClusterSize)}, {string.Join(' ', found.Tables)}"
        : "gone";

    private string ShowPassword(string database, string id) =>
        $"{(PasswordState?)world.PlanetScale.Passwords(database).FirstOrDefault(password => password.Id == id)}";

    private string ShowSecret(string name) => world.KeyVault.Secrets.FirstOrDefault(secret => secret.Name == name) is { } found ? Show(found) : "gone";

    private string Show(SecretState secret) =>
        $"{secret.Enabled} {world.KeyVault.ReadValue(secret.Name)} {string.Join(' ', secret.Versions.Select(version => version.Id))} {string.Join(' ', secret.Tags)}";
}
