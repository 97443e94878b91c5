using System.IO.Compression;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>The zip itself, of files that no publish would leave there.</summary>
public sealed class DeploymentZipTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("deployment-zip-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Settings_of_a_desk_symbols_and_documentation_stay_out()
    {
        foreach (var name in (string[])["host.json", "local.settings.json", "runtimes/native.so", "app", "app.pdb", "app.xml", ".azurefunctions/extensions.dll"])
        {
            Write(name, name);
        }

        using var zip = new MemoryStream();
        var names = DeploymentZip.Write(_folder.FullName, zip);

        Assert.Equal([".azurefunctions/extensions.dll", "app", "host.json", "runtimes/native.so"], names);
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read);
        Assert.Equal(names, archive.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public void The_same_files_give_the_same_bytes_at_another_time_and_in_another_order()
    {
        Write("host.json", "{}");
        Write("app", "code");
        using var first = new MemoryStream();
        DeploymentZip.Write(_folder.FullName, first);
        File.Delete(Path.Combine(_folder.FullName, "host.json"));
        Write("host.json", "{}");
        File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, "app"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        using var second = new MemoryStream();
        DeploymentZip.Write(_folder.FullName, second);

        Assert.Equal(first.ToArray(), second.ToArray());
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
