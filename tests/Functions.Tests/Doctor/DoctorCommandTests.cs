using System.Net;
using System.Text.Json;
using IterationBranches.Functions.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary>The verb <c>doctor</c> as an operator runs it.</summary>
[Collection(DoctorGroup.Name)]
public sealed class DoctorCommandTests(AzuriteFixture azurite)
{
    private const string Key = "master-key-of-the-tests==";

    [Fact]
    public async Task It_shows_what_the_app_found_and_is_0_when_nothing_failed()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["DryRun"] = "true";
        await using var app = await bench.StartAppAsync();

        var (exitCode, output, error) = await RunAsync(["--url", app.Addresses.Single()]);

        Assert.True(exitCode == 0, output + error);
        Assert.StartsWith($"The app looked, as the identity with the object id {DoctorBench.Principal}.\n", output, StringComparison.Ordinal);
        Assert.Matches(@"\nok +Key Vault +https://127\.0\.0\.1:\d+/ lets the app readMetadata, getSecret, setSecret, update, recover\n", output);
        Assert.Matches(@"\nwarning +dry run +plans are logged, and nothing is changed\n    Set DryRun to false", output);
        Assert.Matches(@"\nHealthy: \d+ ok, 1 warnings, 0 failed\.\n$", output);
    }

    [Fact]
    public async Task It_is_1_when_something_failed_and_the_result_is_there_for_programs()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PermitAllBut("connect_branch");
        await using var app = await bench.StartAppAsync();

        var (exitCode, output, _) = await RunAsync(["--url", app.Addresses.Single(), "--json"]);

        var diagnosis = JsonElement.Parse(output);
        Assert.Equal((1, false), (exitCode, diagnosis.GetProperty("healthy").GetBoolean()));
        var failed = Assert.Single(diagnosis.GetProperty("checks").EnumerateArray(), check => check.GetProperty("outcome").GetString() == "failed");
        Assert.Contains("connect_branch", failed.GetProperty("mend").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, diagnosis.GetProperty("checks")[0].GetProperty("mend").ValueKind);
    }

    [Fact]
    public async Task Without_an_address_it_looks_itself_and_says_as_whom()
    {
        await using var bench = await DoctorBench.StartAsync(azurite, TimeProvider.System);
        bench.Settings["IDENTITY_ENDPOINT"] = bench.Identity.Endpoint.AbsoluteUri;
        bench.Settings["IDENTITY_HEADER"] = bench.Identity.Header;

        var (exitCode, output, error) = await HandlerProcess.RunAsync(bench.Settings, "doctor");

        Assert.True(exitCode == 0, output + error);
        Assert.StartsWith($"This machine looked, as the identity with the object id {DoctorBench.Principal}.", output, StringComparison.Ordinal);
        bench.AssertNoSecret(output + error);
    }

    [Fact]
    public async Task On_App_Service_without_an_identity_it_says_so_at_once()
    {
        await using var bench = await DoctorBench.StartAsync(azurite, TimeProvider.System);
        bench.Settings["WEBSITE_SITE_NAME"] = "contoso-app";
        bench.Settings["IDENTITY_ENDPOINT"] = null;
        // So that the client, which tries whoever may be signed in, is as quick.
        bench.Settings["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential";

        var (exitCode, output, _) = await HandlerProcess.RunAsync(bench.Settings, "doctor");

        Assert.Equal(1, exitCode);
        Assert.Matches(@"failed +identity, for Key Vault +the app has no managed identity \(there is no IDENTITY_ENDPOINT\)\s+Turn on the app's managed identity", output);
        Assert.StartsWith("This machine looked, as a managed identity that gave no token.", output, StringComparison.Ordinal);
        Assert.Matches("failed +Key Vault ", output);
    }

    [Fact]
    public async Task Wrong_settings_are_2_each_named_and_the_rest_is_looked_at()
    {
        await using var bench = await DoctorBench.StartAsync(azurite, TimeProvider.System);
        bench.Settings["IDENTITY_ENDPOINT"] = bench.Identity.Endpoint.AbsoluteUri;
        bench.Settings["IDENTITY_HEADER"] = bench.Identity.Header;
        bench.Settings["PlanetScale__Organization"] = "";

        var (exitCode, output, _) = await HandlerProcess.RunAsync(bench.Settings, "doctor");

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
        await using var host = await AnswersAsync(status);

        var (exitCode, output, error) = await RunAsync(["--url", host.Urls.Single()]);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains($"/api/doctor answered {status}: {explanation}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_1()
    {
        var (exitCode, _, error) = await RunAsync(["--url", $"http://127.0.0.1:{HandlerProcess.FreePort()}"]);

        Assert.Equal(1, exitCode);
        Assert.Contains("could not be reached: no connection", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url: must begin with https://: a key is sent there", "--url", "http://contoso-app.azurewebsites.net")]
    [InlineData("--url: must end with the host", "--url", "https://contoso-app.azurewebsites.net/api/doctor?code=key")]
    [InlineData("--url: must be the app's address", "--url", "contoso-app")]
    [InlineData("--settings: cannot stand beside --url", "--url", "https://contoso-app.azurewebsites.net", "--settings", "any.json")]
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
        var seen = new List<string?>();
        await using var host = await AnswersAsync(401, seen);

        await HandlerProcess.RunWithInputAsync($"{Key}\n", [], "doctor", "--url", host.Urls.Single(), "--key-file", "-");
        var without = await HandlerProcess.RunAsync([], "doctor", "--url", host.Urls.Single());

        Assert.Equal([Key], seen);
        Assert.Equal(2, without.ExitCode);
        Assert.Contains("--key-file (or DOCTOR_KEY): is missing; it must be the master key of the app's host", without.Error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments)
    {
        var (exitCode, output, error) = await HandlerProcess.RunAsync([new("DOCTOR_KEY", Key)], ["doctor", .. arguments]);
        Assert.DoesNotContain(Key, output + error, StringComparison.Ordinal);
        return (exitCode, output.ReplaceLineEndings("\n"), error.ReplaceLineEndings("\n"));
    }

    /// <summary>In the place of the Functions host, which answers so before any app is asked.</summary>
    private static async Task<WebApplication> AnswersAsync(int status, List<string?>? keys = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/api/doctor", (HttpContext context) =>
        {
            keys?.Add(context.Request.Headers["x-functions-key"]);
            context.Response.Headers.Location = status == (int)HttpStatusCode.Found ? "https://elsewhere.example/" : default;
            return Results.Text(status == 200 ? "<html>Your app is up and running</html>" : "", statusCode: status);
        });
        await app.StartAsync();
        return app;
    }
}
