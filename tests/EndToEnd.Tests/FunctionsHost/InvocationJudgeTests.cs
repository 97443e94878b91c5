using System.Net;
using System.Text;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class InvocationJudgeTests
{
    [Theory]
    [InlineData(200, "application/json", "{}", Outcome.Succeeded)]
    [InlineData(202, "application/json; charset=utf-8", """{"outputs":{},"logs":["a",1,true]}""", Outcome.Succeeded)]
    [InlineData(200, "application/json", """{"Outputs":null,"Logs":null,"ReturnValue":null}""", Outcome.Succeeded)]
    [InlineData(200, null, "", Outcome.NeverEnds)]                                 // Results.Ok()
    [InlineData(204, null, "", Outcome.NeverEnds)]                                 // Results.NoContent()
    [InlineData(200, "application/json", "", Outcome.NeverEnds)]
    [InlineData(200, "application/json", "null", Outcome.NeverEnds)]
    [InlineData(200, "application/json", " \n", Outcome.NeverEnds)]
    [InlineData(200, "text/plain", "{}", Outcome.Failed)]
    [InlineData(200, null, "{}", Outcome.Failed)]                                  // no Content-Type
    [InlineData(200, "application/json", "\"text\"", Outcome.Failed)]
    [InlineData(200, "application/json", "[]", Outcome.Failed)]
    [InlineData(200, "application/json", "{not json", Outcome.Failed)]
    [InlineData(200, "application/json", """{"Logs":[{"a":1}]}""", Outcome.Failed)]
    [InlineData(200, "application/json", """{"Outputs":"x"}""", Outcome.Failed)]
    [InlineData(200, "application/json", """{"Outputs":{"res":"text"}}""", Outcome.Failed)]
    [InlineData(304, "application/json", "{}", Outcome.Failed)]
    [InlineData(404, "application/json", "{}", Outcome.Failed)]
    [InlineData(500, "application/json", "{}", Outcome.Failed)]
    public async Task An_answer_is_judged_as_the_real_host_does(int status, string? type, string body, Outcome expected)
    {
        var verdict = await JudgeAsync(status, type, body);

        Assert.Equal(expected, verdict.Outcome);
        Assert.Equal(expected is Outcome.Succeeded, verdict.Error is null);
    }

    [Fact]
    public async Task Logs_are_taken_as_text()
    {
        var verdict = await JudgeAsync(200, "application/json", """{"logs":["a",1,true,null]}""");

        Assert.Equal(["a", "1", "true", ""], verdict.Logs);
    }

    [Fact]
    public async Task The_error_of_a_bad_status_is_the_real_hosts_and_its_logs_are_kept_apart()
    {
        var verdict = await JudgeAsync(500, "application/json", """{"Logs":["why"]}""");

        Assert.Equal("Response status code does not indicate success: 500 (Internal Server Error).", verdict.Error);
        Assert.Equal(["why"], verdict.Logs);
    }

    [Fact]
    public async Task An_answer_that_never_ends_is_explained()
    {
        var verdict = await JudgeAsync(204, null, "");

        Assert.Contains("functionTimeout", verdict.Error);
        Assert.Contains("{} is enough", verdict.Error);
    }

    private static async Task<Verdict> JudgeAsync(int status, string? type, string body)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (type is not null)
        {
            answer.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return await InvocationJudge.JudgeAsync(answer, "res", CancellationToken.None);
    }
}
