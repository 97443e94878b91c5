using System.IO.Compression;

namespace IterationBranches.Sandbox.Packaging;

/// <summary>Zips an app root for deployment: the same files give the same bytes, whatever the day.</summary>
public static class DeploymentZip
{
    // The oldest time that a zip can tell.
    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a file belongs into the package. Settings of a desk hold secrets, and symbols and documentation are for nobody there.</summary>
    public static bool Belongs(string name) =>
        Path.GetFileName(name) is not "local.settings.json" && Path.GetExtension(name) is not (".pdb" or ".xml" or ".dbg");

    /// <returns>The names in it.</returns>
    public static IReadOnlyList<string> Write(string folder, Stream zip)
    {
        List<string> names =
        [
            .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
                .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
                .Where(Belongs)
                .Order(StringComparer.Ordinal),
        ];
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var name in names)
            {
                var entry = archive.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = s_epoch;
                using var target = entry.Open();
                using var source = File.OpenRead(Path.Combine(folder, name));
                source.CopyTo(target);
            }
        }

        return names;
    }
}
