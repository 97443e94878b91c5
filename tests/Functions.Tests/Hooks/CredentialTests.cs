using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IterationBranches.Functions.Tests.Running;

namespace IterationBranches.Functions.Tests.Hooks;

public sealed class CredentialTests
{
    private const string Refused = """{"queued":[],"reason":"the user name or the password is wrong"}""";

    public static TheoryData<string> WrongCredentials =>
    [
        "",
        "Basic",
        "Basic ",
        "Basic not base64",
        Basic("azure-devops", ""),
        Basic("", HookCredential.Password),
        Basic("azure-devops", "wrong"),
        Basic("azure-devops", HookCredential.Password + "x"),
        Basic("azure-devops", HookCredential.Password[..^1]),
        Basic("Azure-DevOps", HookCredential.Password),
        Basic("somebody", HookCredential.Password),
        $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(HookCredential.Password))}",
        $"Basic {Convert.ToBase64String([0xFF, 0xFE])}",
        $"Bearer {HookCredential.Right.Parameter}",
        HookCredential.Right.Parameter!,
        $"Basic {new string('A', 16 * 1024)}",
    ];

    // One body for all: it does not tell which part is wrong.
    [Theory]
    [MemberData(nameof(WrongCredentials))]
    public async Task A_wrong_credential_is_401_whatever_is_wrong_with_it(string authorization)
    {
        await using var app = await RunningApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, RunningApp.Hook) { Content = EventPayload.Created().ToContent() };
        Assert.True(authorization.Length == 0 || request.Headers.TryAddWithoutValidation("Authorization", authorization));

        using var response = await app.Http.SendAsync(request);
        var answer = await Answer.OfAsync(response);

        Assert.Equal((HttpStatusCode.Unauthorized, Refused), (answer.Status, answer.Text));
        Assert.Equal(0, app.Queue.Sent);
        Assert.Single(app.Log.Lines);
    }

    [Theory]
    [InlineData("""{"eventType":""", "application/json")]
    [InlineData("plain", "text/plain")]
    public async Task The_credential_is_judged_before_the_body_and_its_type(string body, string type)
    {
        await using var app = await RunningApp.StartAsync();

        var answer = await app.ReceiveAsync(new StringContent(body, Encoding.UTF8, type), credential: HookCredential.Of("azure-devops", "wrong"));

        Assert.Equal((HttpStatusCode.Unauthorized, Refused), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task While_the_password_is_changed_both_are_taken()
    {
        await using var app = await RunningApp.StartAsync(settings =>
        {
            settings["ServiceHook__PreviousPassword"] = settings["ServiceHook__Password"];
            settings["ServiceHook__Password"] = "the-new-password-of-the-hook";
        });

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent())).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent(), credential: HookCredential.Of("azure-devops", "the-new-password-of-the-hook"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.ReceiveAsync(EventPayload.Created().ToContent(), credential: HookCredential.Of("azure-devops", "the-password-before-both"))).Status);
    }

    [Fact]
    public async Task The_user_name_is_a_setting()
    {
        await using var app = await RunningApp.StartAsync(settings => settings["ServiceHook__Username"] = "Zoë:devops");

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent(), credential: HookCredential.Of("Zoë:devops", HookCredential.Password))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.ReceiveAsync(EventPayload.Created().ToContent())).Status);
    }

    [Theory]
    [InlineData("azure-devops:")]
    [InlineData("azure-devops:hook-password-of-the-tests")]
    [InlineData(":")]
    [InlineData("")]
    public async Task Without_a_password_hooks_are_off(string given)
    {
        await using var app = await RunningApp.StartAsync(settings => settings.Remove("ServiceHook__Password"));

        var answer = await app.ReceiveAsync(
            EventPayload.Created().ToContent(), credential: new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(given))));

        Assert.Equal((HttpStatusCode.Unauthorized, Refused), (answer.Status, answer.Text));
        Assert.Equal(0, app.Queue.Sent);
    }

    private static string Basic(string user, string password) => HookCredential.Of(user, password).ToString();
}
