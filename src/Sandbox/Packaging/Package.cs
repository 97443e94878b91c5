using System.Security.Cryptography;
using IterationBranches.Sandbox.App;

namespace IterationBranches.Sandbox.Packaging;

/// <summary>A deployment zip that was made.</summary>
/// <param name="Sha256">In lower case, as <c>sha256sum</c> prints it.</param>
public sealed record Package(string Path, long Length, string Sha256, IReadOnlyList<string> Names)
{
    // The packages that go with it ask for their notices to do so too.
    private static readonly string[] s_notices = ["LICENSE", "THIRD-PARTY-NOTICES.md"];

    /// <summary>
    /// Publishes from nothing, apart from every other build and with the sources under one name wherever they are, adds the licences,
    /// and zips it all. What stood at the output stays until the new one is whole. The same commit gives the same package but for the
    /// order in which .NET's generator for logging writes its methods, which is another each time.
    /// </summary>
    /// <param name="version">Null: that of the sources.</param>
    /// <exception cref="PublishException">The sources are not there or do not build, or what comes of them is not an app root.</exception>
    public static async Task<Package> MakeAsync(string runtime, string? version, string output, Action<string> progress, CancellationToken cancellationToken)
    {
        var repository = PublishedApp.FindRepository();
        var work = System.IO.Path.Combine(repository, "src", "Sandbox", "obj", "package");
        Directory.CreateDirectory(work);
        await using var turn = await PublishedApp.TakeTurnAsync(System.IO.Path.Combine(work, "package.lock"), progress, cancellationToken);
        var root = System.IO.Path.Combine(work, runtime);
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        progress($"publishing {DeployableApp.Project} for {runtime} (a minute at first)");
        await PublishedApp.RunAsync(
            [
                "publish", System.IO.Path.Combine(repository, DeployableApp.Project), "-c", "Release", "-r", runtime, "-o", root,
                "--artifacts-path", System.IO.Path.Combine(work, "artifacts"), "-p:ContinuousIntegrationBuild=true", PublishedApp.WithoutAnalyzers,
                .. version is null ? Array.Empty<string>() : [$"-p:Version={version}"], "-v", "quiet", "-nologo",
            ],
            cancellationToken);
        Check(root);
        foreach (var notice in s_notices)
        {
            File.Copy(System.IO.Path.Combine(repository, notice), System.IO.Path.Combine(root, notice));
        }

        progress("zipping");
        return await ZipAsync(root, System.IO.Path.GetFullPath(output), cancellationToken);
    }

    private static void Check(string root)
    {
        if (DeployableApp.Required.FirstOrDefault(file => !File.Exists(System.IO.Path.Combine(root, file))) is { } missing)
        {
            throw new PublishException($"what {DeployableApp.Project} publishes is not an app root: it has no {missing}");
        }
    }

    private static async Task<Package> ZipAsync(string root, string output, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(output)!);
        var partial = $"{output}.{Guid.NewGuid():N}.partial";
        try
        {
            await using (var zip = new FileStream(partial, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                var names = DeploymentZip.Write(root, zip);
                zip.Position = 0;
                var made = new Package(output, zip.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(zip, cancellationToken)), names);
                zip.Close();
                File.Move(partial, output, overwrite: true);
                return made;
            }
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
