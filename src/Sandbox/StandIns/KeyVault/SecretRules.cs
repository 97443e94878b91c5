using System.Text;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>What the service takes; over a limit it answers 400.</summary>
/// <remarks>https://learn.microsoft.com/azure/key-vault/secrets/about-secrets</remarks>
internal static partial class SecretRules
{
    private const int ValueBytes = 25_600;
    private const int TagCount = 15;
    private const int TagLength = 512;
    private const int ContentTypeLength = 255;

    public static void CheckName(string name)
    {
        if (!Name().IsMatch(name))
        {
            throw KeyVaultRefusal.InvalidName(name);
        }
    }

    public static void CheckApiVersion(string? version)
    {
        if (string.IsNullOrEmpty(version))
        {
            throw KeyVaultRefusal.BadParameter("api-version must be specified");
        }

        if (!ApiVersion().IsMatch(version))
        {
            throw KeyVaultRefusal.BadParameter($"The specified version ({version}) is not recognized.");
        }
    }

    public static void CheckValue(string value)
    {
        if (Encoding.UTF8.GetByteCount(value) > ValueBytes)
        {
            throw KeyVaultRefusal.InvalidValue();
        }
    }

    public static void Check(SecretChange change)
    {
        if (change.ContentType?.Length > ContentTypeLength
            || change.Tags is { } tags && (tags.Count > TagCount || tags.Any(tag => tag.Key.Length > TagLength || tag.Value.Length > TagLength)))
        {
            throw KeyVaultRefusal.InvalidValue();
        }
    }

    [GeneratedRegex("^[0-9a-zA-Z-]{1,127}\\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();

    // The wire form of secrets is the same in 7.x and in the dated versions.
    [GeneratedRegex("^(7\\.[0-9]|20[0-9]{2}-[0-9]{2}-[0-9]{2})(-preview(\\.[0-9]+)?)?\\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ApiVersion();
}
