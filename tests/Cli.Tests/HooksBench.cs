using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Cli.Tests;

/// <summary>An administrator's desk: an organization with two tracks' project, and of the app's settings only those that say so.</summary>
public sealed class HooksBench : IAsyncDisposable
{
    public const string Token = "administrators-token-0123456789";
    public const string Key = "function-key-of-the-tests==";
    public const string Password = "hook-password-of-the-tests";
    public const string App = "https://contoso-app.azurewebsites.net";

    /// <summary>What the hooks send with that password.</summary>
    public static string BasicCredential { get; } = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"azure-devops:{Password}"));

    public AzureBoardsStandIn Boards { get; } = new(TimeProvider.System);

    /// <summary>By their names in the environment; null empties one.</summary>
    public Dictionary<string, string?> Environment { get; } = new()
    {
        ["Boards__Organization"] = "contoso",
        // The app's own; were it used, the organization would not know it.
        ["Boards__PersonalAccessToken"] = "the-apps-own-token-0123456789",
        ["TrackDefaults__Project"] = "Meridian",
        ["TrackDefaults__Retire"] = "Keep",
        ["Tracks__orders__Database"] = "shop",
        ["Tracks__stock__Database"] = "inventory",
        ["Tracks__stock__GitBranches"] = "release/*",
        ["ServiceHook__Password"] = Password,
        ["AZURE_DEVOPS_EXT_PAT"] = Token,
        ["HOOKS_FUNCTION_KEY"] = Key,
        ["HOOKS_URL"] = App,
    };

    public Guid Project { get; private set; }

    /// <param name="rights">The administrator's.</param>
    /// <param name="scopes">Of his token; null: all that are needed.</param>
    public static async Task<HooksBench> StartAsync(HookRights rights = HookRights.All, string[]? scopes = null)
    {
        var bench = new HooksBench();
        await bench.Boards.StartAsync();
        bench.Boards.AddPersonalAccessToken(Token, scopes ?? ["vso.work", "vso.code", "vso.project"], hooks: rights);
        bench.Project = bench.Boards.AddProject("Meridian");
        bench.Environment["Boards__BaseUrl"] = bench.Boards.Address.AbsoluteUri;
        return bench;
    }

    /// <summary>Runs a verb of <c>hooks</c>; whatever it prints, no secret is in it.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    public async Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(string input, params string[] arguments)
    {
        var (exitCode, output, error) = await Desk.RunWithInputAsync(input, Environment, ["hooks", .. arguments]);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($":{Token}"));
        Assert.All([Token, Key, Password, basic, "the-apps-own-token"], secret => Assert.DoesNotContain(secret, output + error, StringComparison.Ordinal));
        return (exitCode, output.ReplaceLineEndings("\n"), error.ReplaceLineEndings("\n"));
    }

    /// <summary>Posts a subscription as somebody else's tool would.</summary>
    public async Task PostAsync(
        string eventType = "workitem.created", string track = "orders", string resourceVersion = "1.0", string details = "all", string url = App, string username = "azure-devops", string key = Key)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($":{Token}")));
        using var answer = await http.PostAsJsonAsync($"{Boards.Address}contoso/_apis/hooks/subscriptions?api-version=7.1", new
        {
            publisherId = "tfs",
            eventType,
            resourceVersion,
            consumerId = "webHooks",
            consumerActionId = "httpRequest",
            publisherInputs = new { projectId = Project },
            consumerInputs = new
            {
                url = $"{url}/api/hooks/azure-devops/{track}",
                basicAuthUsername = username,
                basicAuthPassword = Password,
                httpHeaders = $"x-functions-key:{key}",
                resourceDetailsToSend = details,
                messagesToSend = "none",
                detailedMessagesToSend = "none",
            },
        });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public ValueTask DisposeAsync() => Boards.DisposeAsync();
}
