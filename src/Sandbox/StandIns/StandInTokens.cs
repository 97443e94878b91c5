using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IterationBranches.Sandbox.StandIns;

/// <summary>
/// Entra's tokens in the sandbox: JWTs signed with a key that is the same in every process, because the client keeps a
/// token for as long as its process lives, whichever stand-in it came from.
/// </summary>
public static class StandInTokens
{
    public const string Tenant = "11111111-2222-4333-8444-555555555555";

    private static readonly byte[] s_key = SHA256.HashData("iteration-branches-sandbox"u8);

    /// <param name="resource">The audience: <c>https://vault.azure.net</c>, or Azure DevOps' application id.</param>
    public static string Issue(string resource, string principal, DateTimeOffset now, TimeSpan lifetime)
    {
        var header = Encode("""{"alg":"HS256","typ":"JWT"}"""u8);
        var payload = Encode(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["aud"] = resource.TrimEnd('/'),
            ["iss"] = $"https://sts.windows.net/{Tenant}/",
            ["oid"] = principal,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-5).ToUnixTimeSeconds(),
            ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
        }));
        return $"{header}.{payload}.{Sign($"{header}.{payload}")}";
    }

    /// <summary>The principal, or null when the token is not ours, is for another resource, or has expired.</summary>
    public static string? Validate(string? token, string resource, DateTimeOffset now)
    {
        if (token?.Split('.') is not [var header, var payload, var signature]
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign($"{header}.{payload}")), Encoding.ASCII.GetBytes(signature)))
        {
            return null;
        }

        using var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload));
        return claims.RootElement.GetProperty("aud").GetString() == resource.TrimEnd('/')
            && claims.RootElement.GetProperty("exp").GetInt64() > now.ToUnixTimeSeconds()
                ? claims.RootElement.GetProperty("oid").GetString()
                : null;
    }

    private static string Sign(string text) => Encode(HMACSHA256.HashData(s_key, Encoding.ASCII.GetBytes(text)));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
