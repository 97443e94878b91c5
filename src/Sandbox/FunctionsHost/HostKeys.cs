using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The keys that a caller of the HTTP front must have.</summary>
public sealed class HostKeys(string? functionKey, string? masterKey)
{
    public string Function { get; } = functionKey ?? NewKey();

    public string Master { get; } = masterKey ?? NewKey();

    /// <summary>The header is looked at first; with a wrong one, a right <c>code</c> does not help.</summary>
    public bool Allow(HttpRequest request, HttpAuthLevel level)
    {
        if (level is HttpAuthLevel.Anonymous)
        {
            return true;
        }

        var key = request.Headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault();
        return key == Master || (level is HttpAuthLevel.Function && key == Function);
    }

    private static string NewKey() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", 54);
}
