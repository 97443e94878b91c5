using System.Buffers.Text;
using System.Text.Json;

namespace IterationBranches.Doctor;

/// <summary>For whom a Microsoft Entra token is, as a person would say it. Nothing else of the token is kept.</summary>
internal static class TokenClaims
{
    public static string? Describe(string token)
    {
        if (token.Split('.') is not [_, var payload, _])
        {
            return null;
        }

        try
        {
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            if ((Text(claims, "upn") ?? Text(claims, "unique_name")) is { } user)
            {
                return user;
            }

            var application = Text(claims, "appid") is { } client ? $", client id {client}" : "";
            return Text(claims, "oid") is { } id ? $"the identity with the object id {id}{application}" : null;
        }
        catch (Exception other) when (other is FormatException or JsonException or InvalidOperationException)
        {
            // A token may have any form; only its receiver must understand it.
            return null;
        }
    }

    private static string? Text(JsonDocument claims, string name) =>
        claims.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
