using System.Net.Http.Headers;
using System.Text;
using IterationBranches.Testing;

namespace IterationBranches.Functions.Tests.Running;

internal static class HookCredential
{
    public static string Password { get; } = SettingValues.Working()["ServiceHook__Password"]!;

    public static AuthenticationHeaderValue Right { get; } = Of("azure-devops", Password);

    public static AuthenticationHeaderValue Of(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
}
