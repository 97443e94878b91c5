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
        foreach (var name in (string[])["host.json", "local.settings.json", "Poll/function.json", "app", "app.pdb", "app.xml", ".azurefunctions/extensions.dll"])
        {
            Write(name, name);
        }

        using var zip = new MemoryStream();
        var names = DeploymentZip.Write(_folder.FullName, "app", zip);

        Assert.Equal([".azurefunctions/extensions.dll", "Poll/function.json", "app", "host.json"], names);
        using var archive = new ZipArchive(zip, ZipArchiveMode.Read);
        Assert.Equal(names, archive.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public void The_same_files_give_the_same_bytes_at_another_time_and_in_another_order()
    {
        Write("host.json", "{}");
        Write("app", "code");
        using var first = new MemoryStream();
        DeploymentZip.Write(_folder.FullName, "app", first);
        File.Delete(Path.Combine(_folder.FullName, "host.json"));
        Write("host.json", "{}");
        File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, "app"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        using var second = new MemoryStream();
        DeploymentZip.Write(_folder.FullName, "app", second);

        Assert.Equal(first.ToArray(), second.ToArray());
    }

    /// <summary>Unix looks at the permissions of those entries alone that Unix is said to have made; on Windows .NET says DOS.</summary>
    [Fact]
    public void Entries_that_Windows_made_are_said_to_be_of_Unix()
    {
        Write("host.json", "{}");
        Write("app", "code");
        using var zip = new MemoryStream();
        DeploymentZip.Write(_folder.FullName, "app", zip);
        var asWritten = zip.ToArray();
        var makers = MakersIn(asWritten);
        Assert.Equal(2, makers.Count);
        foreach (var maker in makers)
        {
            Assert.Equal(3, asWritten[maker]);
            zip.Position = maker;
            zip.WriteByte(0);
        }

        DeploymentZip.MarkAsUnix(zip);

        Assert.Equal(asWritten, zip.ToArray());
    }

    // Of each header in the zip's directory: "version made by", whose upper byte is the system.
    private static List<int> MakersIn(byte[] zip)
    {
        var makers = new List<int>();
        for (var at = zip.AsSpan().IndexOf("PK\x01\x02"u8); at >= 0; at = zip.AsSpan(at + 4).IndexOf("PK\x01\x02"u8) is var next && next >= 0 ? at + 4 + next : -1)
        {
            makers.Add(at + 5);
        }

        return makers;
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
