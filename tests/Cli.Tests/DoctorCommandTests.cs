using System.Net.Mime;
using System.Text.Json;
using IterationBranches.Doctor;
using IterationBranches.Sandbox.Cloud;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Cli.Tests;

/// <summary>The verb <c>doctor</c> as an operator runs it.</summary>
public sealed class DoctorCommandTests(CloudFixture cloud) : IClassFixture<CloudFixture>
{
    private const string Key = "master-key-of-the-tests==";

    private static readonly Check s_vault = Check.Ok("Key Vault", "https://contoso.vault.azure.net/ lets the app getSecret");

    [Fact]
    public async Task It_shows_what_the_app_found_and_is_0_when_nothing_failed()
    {
        await using var app = await DiagnosedAsync(s_vault, Check.Warning("dry run", "plans are logged, and nothing is changed", "Set DryRun to false."));

        var (exitCode, output, error) = await RunAsync(["--url", app.Address]);

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(
            """
            The app looked, as the identity with the object id a0000000.
            ok       Key Vault  https://contoso.vault.azure.net/ lets the app getSecret
            warning  dry run    plans are logged, and nothing is changed
                Set DryRun to false.
            Healthy: 1 ok, 1 warnings, 0 failed.

            """.ReplaceLineEndings("\n"),
            output);
        Assert.Equal(new SeenRequest("/api/doctor", Key, null), Assert.Single(app.Requests));
    }

    [Fact]
    public async Task It_is_1_when_something_failed_and_the_result_is_there_for_programs()
    {
        await using var app = await DiagnosedAsync(s_vault, Check.Failed("PlanetScale, shop", "the service token lacks connect_branch", "Add connect_branch."));

        var (exitCode, output, _) = await RunAsync(["--url", app.Address, "--json"]);

        var diagnosis = JsonElement.Parse(output);
        Assert.Equal((1, false), (exitCode, diagnosis.GetProperty("healthy").GetBoolean()));
        var failed = Assert.Single(diagnosis.GetProperty("checks").EnumerateArray(), check => check.GetProperty("outcome").GetString() == "failed");
        Assert.Equal("Add connect_branch.", failed.GetProperty("mend").GetString());
        Assert.Equal(JsonValueKind.Null, diagnosis.GetProperty("checks")[0].GetProperty("mend").ValueKind);
    }

    [Fact]
    public async Task Without_an_address_it_looks_itself_and_says_as_whom()
    {
        var (exitCode, output, error) = await LookAsync();

        Assert.True(exitCode == 0, output + error);
        Assert.StartsWith($"This machine looked, as the identity with the object id {SandboxCloud.AppPrincipal}.", output, StringComparison.Ordinal);
        string[] secrets = [cloud.Settings["PlanetScale__ServiceToken"], cloud.Settings["ServiceHook__Password"], cloud.Settings["IDENTITY_HEADER"], cloud.Settings["AzureWebJobsStorage"].Split("AccountKey=")[1].Split(';')[0]];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, output + error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_App_Service_without_an_identity_it_says_so_at_once()
    {
        // With these credentials, so that the client, which tries whoever may be signed in, is as quick.
        var (exitCode, output, _) = await LookAsync(("WEBSITE_SITE_NAME", "contoso-app"), ("IDENTITY_ENDPOINT", null), ("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"));

        Assert.Equal(1, exitCode);
        Assert.Matches(@"failed +identity, for Key Vault +the app has no managed identity \(there is no IDENTITY_ENDPOINT\)\s+Turn on the app's managed identity", output);
        Assert.StartsWith("This machine looked, as a managed identity that gave no token.", output, StringComparison.Ordinal);
        Assert.Matches("failed +Key Vault ", output);
    }

    [Fact]
    public async Task Wrong_settings_are_2_each_named_and_the_rest_is_looked_at()
    {
        var (exitCode, output, _) = await LookAsync(("PlanetScale__Organization", ""));

        Assert.Equal(2, exitCode);
        Assert.Matches(@"failed +settings +PlanetScale__Organization: is missing", output);
        Assert.Matches(@"ok +Key Vault ", output);
    }

    [Theory]
    [InlineData(401, "the key is not the master key of this app's host; a function's key is not enough")]
    [InlineData(403, "the app is stopped, or its access restrictions keep this machine out")]
    [InlineData(404, "there is no app at this address, or its functions were not found")]
    [InlineData(502, "the app is not ready")]
    [InlineData(503, "the app is not ready")]
    [InlineData(500, "the app failed; its log says why")]
    [InlineData(302, "a redirect, which is not followed")]
    [InlineData(200, "that is no diagnosis")]
    public async Task What_comes_in_the_place_of_a_diagnosis_is_explained(int status, string explanation)
    {
        await using var host = await AppPeer.StartAsync(request =>
        {
            request.HttpContext.Response.Headers.Location = status == StatusCodes.Status302Found ? "https://elsewhere.example/" : default;
            return Results.Text(status == StatusCodes.Status200OK ? "<html>Your app is up and running</html>" : "", statusCode: status);
        });

        var (exitCode, output, error) = await RunAsync(["--url", host.Address]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains($"/api/doctor answered {status}: {explanation}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_1()
    {
        var (exitCode, _, error) = await RunAsync(["--url", await AppPeer.GoneAsync()]);

        Assert.Equal(1, exitCode);
        Assert.Contains("could not be reached: no connection", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url: must begin with https://: a key is sent there", "--url", "http://contoso-app.azurewebsites.net")]
    [InlineData("--url: must end with the host", "--url", "https://contoso-app.azurewebsites.net/api/doctor?code=key")]
    [InlineData("--url: must be the app's address", "--url", "contoso-app")]
    [InlineData("--settings: cannot stand beside --url", "--url", "https://contoso-app.azurewebsites.net", "--settings", "any.json")]
    [InlineData("--key-file (or DOCTOR_KEY): must hold one key alone (character 2 is U+2013, a dash that is no hyphen): the master key", "--url", "https://contoso.azurewebsites.net", "--key", "a\u2013key")]
    [InlineData("--key: is for --url", "--key", "any")]
    public async Task Wrong_arguments_are_2_and_named(string problem, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains($"\n  {problem}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_can_come_from_a_file_or_standard_input_and_goes_into_a_header()
    {
        await using var host = await AppPeer.StartAsync(StatusCodes.Status401Unauthorized);

        await Desk.RunWithInputAsync($"{Key}\n", [], "doctor", "--url", host.Address, "--key-file", "-");
        var without = await Desk.RunAsync([], "doctor", "--url", host.Address);

        Assert.Equal([Key], host.Requests.Select(request => request.Key));
        Assert.Equal(2, without.ExitCode);
        Assert.Contains("--key-file (or DOCTOR_KEY): is missing; it must be the master key of the app's host", without.Error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments)
    {
        var (exitCode, output, error) = await Desk.RunAsync([new("DOCTOR_KEY", Key)], ["doctor", .. arguments]);
        Assert.DoesNotContain(Key, output + error, StringComparison.Ordinal);
        return (exitCode, output.ReplaceLineEndings("\n"), error.ReplaceLineEndings("\n"));
    }

    /// <summary>Looks from this machine, with the settings of the cloud and over them these; null takes one away.</summary>
    private Task<(int ExitCode, string Output, string Error)> LookAsync(params (string Name, string? Value)[] settings)
    {
        var environment = cloud.Settings.ToDictionary(setting => setting.Key, string? (setting) => setting.Value);
        foreach (var (name, value) in settings)
        {
            environment[name] = value;
        }

        return Desk.RunAsync(environment.Where(setting => setting.Value is not null), "doctor");
    }

    private static Task<AppPeer> DiagnosedAsync(params Check[] checks) =>
        AppPeer.StartAsync(_ => Results.Text(Diagnosis.Of("the identity with the object id a0000000", checks).ToJson(), MediaTypeNames.Application.Json));
}
