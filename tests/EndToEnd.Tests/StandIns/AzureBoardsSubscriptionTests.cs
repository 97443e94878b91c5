using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>The administration of service hooks at the stand-in: what it takes, refuses, and shows.</summary>
public sealed class AzureBoardsSubscriptionTests : IAsyncLifetime
{
    private const string Subscriptions = "/contoso/_apis/hooks/subscriptions";

    private readonly AzureBoardsStandIn _boards = new(TimeProvider.System);
    private readonly HttpClient _http = new();
    private Guid _project;

    public async ValueTask InitializeAsync()
    {
        await _boards.StartAsync();
        _project = _boards.AddProject("Meridian");
        _boards.AddPersonalAccessToken("administrator", ["vso.work"], hooks: HookRights.All);
        _http.BaseAddress = _boards.Address;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(":administrator")));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _boards.DisposeAsync();
    }

    [Fact]
    public async Task A_subscription_is_shown_with_a_masked_password_and_a_header_in_clear_text_until_it_is_deleted()
    {
        var (status, created) = await SendAsync(HttpMethod.Post, Subscriptions, Body());
        var one = $"{Subscriptions}/{created.GetProperty("id").GetGuid()}";

        Assert.Equal((200, "enabled"), (status, created.GetProperty("status").GetString()));
        var inputs = (await SendAsync(HttpMethod.Get, one)).Body.GetProperty("consumerInputs");
        Assert.Equal(("********", "x-functions-key:key=="), (inputs.GetProperty("basicAuthPassword").GetString(), inputs.GetProperty("httpHeaders").GetString()));
        Assert.Equal(1, (await SendAsync(HttpMethod.Get, Subscriptions)).Body.GetProperty("count").GetInt32());
        Assert.Equal(0, (await SendAsync(HttpMethod.Get, $"{Subscriptions}?eventType=git.push")).Body.GetProperty("count").GetInt32());
        Assert.Equal(204, (await SendAsync(HttpMethod.Delete, one)).Status);
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, one)).Status);
        Assert.Empty(_boards.Subscriptions);
    }

    /// <summary>One member of the body, another value of it, and the refusal.</summary>
    [Theory]
    [InlineData("publisherId", "azure-devops", 400)]
    [InlineData("consumerId", "slack", 400)]
    [InlineData("eventType", "iteration.created", 400)]
    [InlineData("resourceVersion", "9.9", 400)]
    [InlineData("publisherInputs.projectId", "Meridian", 404)]
    [InlineData("publisherInputs.projectId", "11111111-0000-4000-8000-000000000000", 404)]
    [InlineData("publisherInputs.projectId", "", 403)]
    [InlineData("publisherInputs.branch", "main", 400)]
    [InlineData("consumerInputs.url", "app.example", 400)]
    [InlineData("consumerInputs.url", "http://app.example/hook", 400)]
    [InlineData("consumerInputs.basicAuthPassword", "two words", 400)]
    [InlineData("consumerInputs.basicAuthUsername", "", 400)]
    [InlineData("consumerInputs.httpHeaders", "Authorization: Bearer abc", 400)]
    [InlineData("consumerInputs.messagesToSend", "some", 400)]
    [InlineData("consumerInputs.unheardOf", "1", 400)]
    [InlineData("eventType", "git.push", 401)]
    public async Task What_is_not_right_is_refused(string member, string value, int status)
    {
        var body = Body();
        if (member.Split('.') is [var inputs, var name])
        {
            body[inputs]![name] = value;
        }
        else
        {
            body[member] = value;
        }

        var refusal = await SendAsync(HttpMethod.Post, Subscriptions, body);

        Assert.Equal(status, refusal.Status);
        Assert.True(refusal.Body.TryGetProperty("typeKey", out _));
        Assert.Empty(_boards.Subscriptions);
    }

    [Theory]
    [InlineData(HookRights.View, "POST", "Edit subscriptions")]
    [InlineData(HookRights.None, "GET", "View subscriptions")]
    public async Task Who_may_not_is_told_the_permission(HookRights rights, string method, string permission)
    {
        _boards.AddPersonalAccessToken("administrator", ["vso.work"], hooks: rights);

        var (status, body) = await SendAsync(new HttpMethod(method), Subscriptions, method == "POST" ? Body() : null);

        Assert.Equal((403, "AccessCheckException"), (status, body.GetProperty("typeKey").GetString()));
        Assert.EndsWith($"to perform this action: {permission}", body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_test_is_a_preview_and_sends_a_password_as_it_was_posted()
    {
        var test = new JsonObject { ["details"] = Body() };

        Assert.Equal(400, (await SendAsync(HttpMethod.Post, "/contoso/_apis/hooks/testnotifications", test)).Status);
        var (status, body) = await SendAsync(HttpMethod.Post, "/contoso/_apis/hooks/testnotifications", test, "7.1-preview.1");

        Assert.Equal((200, "queued", "pending"), (status, body.GetProperty("status").GetString(), body.GetProperty("result").GetString()));
        Assert.Empty(_boards.Subscriptions);
    }

    private JsonObject Body() => new()
    {
        ["publisherId"] = "tfs",
        ["eventType"] = "workitem.created",
        ["resourceVersion"] = "1.0",
        ["consumerId"] = "webHooks",
        ["consumerActionId"] = "httpRequest",
        ["publisherInputs"] = new JsonObject { ["projectId"] = _project.ToString() },
        ["consumerInputs"] = new JsonObject
        {
            ["url"] = "https://localhost:1/hook",
            ["basicAuthUsername"] = "azure-devops",
            ["basicAuthPassword"] = "hook-password",
            ["httpHeaders"] = "x-functions-key:key==",
            ["resourceDetailsToSend"] = "all",
            ["messagesToSend"] = "none",
            ["detailedMessagesToSend"] = "none",
        },
    };

    private async Task<(int Status, JsonElement Body)> SendAsync(HttpMethod method, string path, JsonObject? body = null, string version = "7.1")
    {
        using var request = new HttpRequestMessage(method, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}api-version={version}");
        request.Headers.Add("X-TFS-FedAuthRedirect", "Suppress");
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }
}
