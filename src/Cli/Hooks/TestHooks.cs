using System.CommandLine;
using System.Globalization;
using IterationBranches.AzureBoards.Administration;

namespace IterationBranches.Cli.Hooks;

/// <summary><c>hooks test</c>: Azure DevOps sends its test event, and tells how the app answered.</summary>
internal static class TestHooks
{
    public static Command Create()
    {
        var command = new Command(
            "test",
            """
            Let Azure DevOps send a test event through each service hook, and show the app's answers

            Azure DevOps does not tell the stored password, so that the test is sent with the one given here.
            """)
        {
            HookOptions.Url, HookOptions.PasswordFile, HookOptions.Password, HookOptions.TokenFile, HookOptions.Tracks, HookOptions.Json, Operator.SettingsFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) => Administrator.WithOursAsync(
        parsed,
        async (administrator, ours) =>
        {
            List<(HookRow Row, bool Succeeded)> results = [];
            foreach (var (subscription, track) in ours.Asked)
            {
                results.Add(await TestAsync(administrator, subscription, track, cancellationToken));
            }

            HookRow.Write([.. results.Select(result => result.Row)], parsed.GetValue(HookOptions.Json), ours.Nothing);
            return results.Count > 0 && results.TrueForAll(result => result.Succeeded) ? Commands.Done : Commands.Failed;
        },
        cancellationToken,
        withPassword: true);

    private static async Task<(HookRow Row, bool Succeeded)> TestAsync(Administrator administrator, Subscription subscription, string? track, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await administrator.Client.TestAsync(subscription, administrator.Credential.Password, cancellationToken);
            var outcome = answer.Status is { } status ? string.Create(CultureInfo.InvariantCulture, $"answered {status}") : answer.Succeeded ? "succeeded" : "no answer";
            IEnumerable<string> notes = [.. WhatToDo(answer), .. subscription.WhyNotEnabled is { } why ? [why] : Array.Empty<string>()];
            return (HookRow.Of(subscription, track, outcome, notes), answer.Succeeded);
        }
        catch (ServiceException refusal)
        {
            return (HookRow.Of(subscription, track, "failed", refusal.Message), false);
        }
    }

    private static IEnumerable<string> WhatToDo(TestAnswer answer)
    {
        if (answer.Succeeded)
        {
            return [];
        }

        return answer.Status switch
        {
            // The Functions host itself answers 401 for a wrong key, with no body.
            401 => [answer.Reason, "the function's key or the password is not the app's: compare ServiceHook__Password, and the key with hooks create"],
            404 => [answer.Reason, "there is no app, or no function, at this address"],
            _ => [answer.Reason],
        };
    }
}
