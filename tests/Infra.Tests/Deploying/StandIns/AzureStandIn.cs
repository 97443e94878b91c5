using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>
/// Azure as a deployment meets it: behind the Azure CLI, whose every call it checks, and behind the app's own address. It knows
/// the commands that are used here, with their options, and refuses any other; what it had to refuse is in <see cref="Misuses"/>.
/// </summary>
public sealed class AzureStandIn() : StandIn(TimeProvider.System)
{
    private static readonly string[] s_everywhere = ["--output", "--query", "--only-show-errors", "--subscription"];

    private readonly Dictionary<string, AzCommand> _commands = new AzCommand[][]
    {
        SubscriptionCommands.All, TemplateCommands.All, SiteCommands.All, VaultCommands.All, RestCommands.All,
    }.SelectMany(commands => commands).ToDictionary(command => command.Name);

    private readonly Lock _lock = new();

    public AzureState State { get; } = new();

    /// <summary>Each call of az, in order.</summary>
    public ConcurrentQueue<AzInvocation> Invocations { get; } = [];

    /// <summary>What every process of the machine could see: the arguments of az and curl.</summary>
    public ConcurrentQueue<string> Arguments { get; } = [];

    /// <summary>Calls that the real CLI or the real service would not understand.</summary>
    public ConcurrentQueue<string> Misuses { get; } = [];

    /// <summary>The app settings that a deployment with these parameters makes.</summary>
    public Func<string, IReadOnlyDictionary<string, string>> SettingsFor { get; set; } = _ => new Dictionary<string, string>
    {
        ["PlanetScale__ServiceToken"] = Reference("planetscale-service-token"),
        ["ServiceHook__Password"] = Reference("service-hook-password"),
        ["PollSchedule"] = "20 */5 * * * *",
    };

    /// <summary>Runs the package; null: nothing runs, and the doctor's answers come from <see cref="AzureState.Doctor"/>.</summary>
    public Func<string, Task<IAppFront>>? Runner { get; set; }

    /// <summary>Answers what it knows before everything else; null: it knows nothing of this call.</summary>
    public Func<AzInvocation, Task<JsonNode?>> Others { get; set; } = _ => Task.FromResult<JsonNode?>(null);

    /// <summary>In the place of GitHub: the files of a release.</summary>
    public string? ReleaseFolder { get; set; }

    public IAppFront? App { get; private set; }

    /// <summary>As the template gives it: no scheme.</summary>
    public string HostName => Address.Authority;

    public static string Reference(string secret) => $"@Microsoft.KeyVault(SecretUri=https://{AzureState.SettingsVault}.vault.azure.net/secrets/{secret})";

    protected override void Map(WebApplication app)
    {
        app.MapPost("/az", AnswerAzAsync).WithName("az");
        app.MapPost("/curl", async (HttpRequest request) => Arguments.Enqueue("curl " + string.Join(' ', await ReadAsync(request)))).WithName("curl");
        app.MapGet("/releases/download/{tag}/{file}", (string file) => Results.File(Path.Combine(ReleaseFolder!, file))).WithName("release");
        app.MapFallback(ServeAppAsync).WithName("app");
    }

    private static async Task<string[]> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return (await reader.ReadToEndAsync()).TrimEnd('\0').Split('\0');
    }

    private async Task<string> AnswerAzAsync(HttpRequest request)
    {
        var invocation = new AzInvocation(await ReadAsync(request), request.Headers["x-folder"].ToString(), request.Headers["x-stdin"].ToString());
        Invocations.Enqueue(invocation);
        Arguments.Enqueue(invocation.ToString());
        try
        {
            var answer = await RunAsync(Find(invocation), invocation);

            return Answer(0, AzOutput.Format(answer, invocation.Find("--query"), invocation.Find("--output")), "");
        }
        catch (AzException refusal)
        {
            if (refusal.ExitCode == 2)
            {
                Misuses.Enqueue($"{invocation}: {refusal.Message}");
            }

            return Answer(refusal.ExitCode, "", $"ERROR: {refusal.Message}\n");
        }
    }

    private async Task<JsonNode?> RunAsync(AzCommand command, AzInvocation invocation)
    {
        if (await Others(invocation) is { } other)
        {
            return other;
        }

        JsonNode? answer;
        lock (_lock)
        {
            answer = command.Run(this, invocation);
        }

        if (invocation.Command == "functionapp deployment source config-zip" && Runner is not null)
        {
            App = await Runner(invocation.PathOf("--src"));
        }

        return answer;
    }

    private AzCommand Find(AzInvocation invocation)
    {
        if (!_commands.TryGetValue(invocation.Command, out var command))
        {
            throw new AzException(2, $"'{invocation.Command}' is misspelled or not recognized by the system.");
        }

        var unknown = invocation.Options.Except(command.Options).Except(s_everywhere).ToList();
        if (unknown.Count > 0)
        {
            throw new AzException(2, $"unrecognized arguments: {string.Join(' ', unknown)}");
        }

        foreach (var required in command.Required)
        {
            _ = invocation.Get(required);
        }

        if (!State.IsLoggedIn)
        {
            throw new AzException(1, "Please run 'az login' to setup account.");
        }

        return invocation.Find("--subscription") is null or AzureState.Subscription
            ? command
            : throw new AzException(1, $"Subscription '{invocation.Get("--subscription")}' not found. Check the spelling and casing and try again.");
    }

    private static string Answer(int code, string output, string errors) => $"{code}\n{Lines('1', output)}{Lines('2', errors)}";

    private static string Lines(char stream, string text) =>
        string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"{stream}{line}\n"));

    /// <summary>The front end of App Service: 503 while there is no code.</summary>
    private async Task ServeAppAsync(HttpContext context)
    {
        if (App is not null)
        {
            await App.ServeAsync(context);
            return;
        }

        if (State.Deployed.Count == 0 || context.Request.Path != "/api/doctor")
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (context.Request.Headers["x-functions-key"] != State.MasterKey)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var (status, body) = State.Doctor.Count > 1 ? State.Doctor.Dequeue() : State.Doctor.Peek();
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    }
}

/// <summary>A command of the Azure CLI, with the options that are known to be its own.</summary>
internal sealed record AzCommand(string Name, string[] Required, string[] Optional, Func<AzureStandIn, AzInvocation, JsonNode?> Run)
{
    public IEnumerable<string> Options => Required.Concat(Optional);
}

/// <summary>The function app while it runs.</summary>
public interface IAppFront
{
    string MasterKey { get; }

    string FunctionKey { get; }

    Task ServeAsync(HttpContext context);
}
