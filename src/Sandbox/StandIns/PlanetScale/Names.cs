using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

internal static partial class Names
{
    private const string LowerAlphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";

    public static string NewId() => RandomNumberGenerator.GetString(LowerAlphanumeric, 12);

    public static string NewUsername() => RandomNumberGenerator.GetString(LowerAlphanumeric, 20);

    /// <summary>The shape that secret scanners look for: the prefix, and 43 URL-safe characters (32 random bytes).</summary>
    public static string NewPassword() => "pscale_pw_" + System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string ValidBranchName(string? name) => name switch
    {
        null or "" => throw ApiException.Unprocessable("Name can't be blank"),
        { Length: > 63 } => throw ApiException.Unprocessable("Name is too long (maximum is 63 characters)"),
        _ when !BranchName().IsMatch(name) =>
            throw ApiException.Unprocessable("Name must be lowercase, alphanumeric characters and hyphens are allowed"),
        _ => name,
    };

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex BranchName();
}
