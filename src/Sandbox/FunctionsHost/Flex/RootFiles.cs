namespace IterationBranches.Sandbox.FunctionsHost.Flex;

/// <summary>What is in an app root at one moment, to see afterwards whether anybody wrote into it.</summary>
public sealed class RootFiles
{
    private readonly string _root;
    private readonly Dictionary<string, (long Length, DateTime Written)> _files;

    private RootFiles(string root) => (_root, _files) = (root, Read(root));

    public static RootFiles Of(string root) => new(root);

    /// <summary>What has been made, changed or deleted since; one line each, empty when nothing has.</summary>
    public IReadOnlyList<string> Changes()
    {
        var now = Read(_root);
        return
        [
            .. now.Keys.Except(_files.Keys).Order(StringComparer.Ordinal).Select(path => $"{path} was made"),
            .. now.Where(file => _files.TryGetValue(file.Key, out var before) && before != file.Value).Select(file => $"{file.Key} was changed").Order(StringComparer.Ordinal),
            .. _files.Keys.Except(now.Keys).Order(StringComparer.Ordinal).Select(path => $"{path} was deleted"),
        ];
    }

    private static Dictionary<string, (long, DateTime)> Read(string root) => new DirectoryInfo(root)
        .EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
        .ToDictionary(
            entry => Path.GetRelativePath(root, entry.FullName),
            // A folder changes with what is in it, which is here as well.
            entry => entry is FileInfo file ? (file.Length, file.LastWriteTimeUtc) : default);
}
