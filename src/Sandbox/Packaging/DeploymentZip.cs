using System.Buffers.Binary;
using System.IO.Compression;

namespace IterationBranches.Sandbox.Packaging;

/// <summary>Zips an app root for deployment: the same files give the same bytes, whatever the machine and the day.</summary>
public static class DeploymentZip
{
    // A regular file: rw-r--r--, and rwxr-xr-x. wwwroot is read-only where it is unpacked: a bit that is lost cannot be set there.
    private const int Plain = 0x81A4;
    private const int Runnable = 0x81ED;

    // The oldest time that a zip can tell.
    private static readonly DateTimeOffset s_epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Whether a file belongs into the package. Settings of a desk hold secrets, and symbols and documentation are for nobody there.</summary>
    public static bool Belongs(string name) =>
        Path.GetFileName(name) is not "local.settings.json" && Path.GetExtension(name) is not (".pdb" or ".xml" or ".dbg");

    /// <param name="executable">The file at the root that gets the execute permission, on every system that makes the zip.</param>
    /// <returns>The names in it.</returns>
    public static IReadOnlyList<string> Write(string folder, string executable, Stream zip)
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
                entry.ExternalAttributes = (name == executable ? Runnable : Plain) << 16;
                using var target = entry.Open();
                using var source = File.OpenRead(Path.Combine(folder, name));
                source.CopyTo(target);
            }
        }

        MarkAsUnix(zip);
        return names;
    }

    /// <summary>
    /// Says of each entry that Unix made it. .NET on Windows writes that DOS did, and then the permissions are not looked at:
    /// https://github.com/dotnet/corefx/pull/18565
    /// </summary>
    public static void MarkAsUnix(Stream zip)
    {
        const int endLength = 22;
        const byte unix = 3;
        Span<byte> end = stackalloc byte[endLength];
        zip.Position = zip.Length - endLength;
        zip.ReadExactly(end);
        if (BinaryPrimitives.ReadUInt32LittleEndian(end) != 0x06054B50)
        {
            throw new InvalidDataException("the zip does not end as one without a comment does");
        }

        var count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
        var at = (long)BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
        Span<byte> header = stackalloc byte[46];
        for (var i = 0; i < count; i++)
        {
            zip.Position = at;
            zip.ReadExactly(header);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x02014B50)
            {
                throw new InvalidDataException($"the zip's directory is not readable at {at}");
            }

            zip.Position = at + 5;
            zip.WriteByte(unix);
            at += header.Length + BinaryPrimitives.ReadUInt16LittleEndian(header[28..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        }

        zip.Position = zip.Length;
    }
}
