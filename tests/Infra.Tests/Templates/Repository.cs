namespace IterationBranches.Infra.Tests.Templates;

/// <summary>The files that the tests hold against each other.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>All templates, by their path below <c>infra</c>.</summary>
    public static IReadOnlyDictionary<string, BicepFile> Templates { get; } = Directory
        .EnumerateFiles(Path.Combine(Root, "infra"), "*.bicep", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path))
        .ToDictionary(path => path.Replace('\\', '/')["infra/".Length..], BicepFile.Read);

    public static BicepFile Main => Templates["main.bicep"];

    public static BicepFile Example { get; } = BicepFile.Read(Path.Combine("infra", "main.bicepparam"));

    public static string Runbook { get; } = File.ReadAllText(Path.Combine(Root, "docs", "runbook.md"));

    /// <summary>The code of the product and its functions, without the sandbox.</summary>
    public static string Code { get; } = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "obj" or "Sandbox"))
        .Select(File.ReadAllText));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
