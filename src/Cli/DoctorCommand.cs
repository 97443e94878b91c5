using System.CommandLine;
using IterationBranches.Configuration;
using IterationBranches.Doctor;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Cli;

/// <summary><c>doctor</c>: whether everything outside is as the app needs it, as the app in Azure sees it, or as it is seen from here.</summary>
internal static class DoctorCommand
{
    public const string KeyVariable = "DOCTOR_KEY";

    private static readonly Option<string?> s_url = new("--url") { Description = "The app's address, as https://NAME.azurewebsites.net: the app looks, as itself. Without it, this machine looks" };

    private static readonly Option<string?> s_key = new("--key") { Description = $"The master key of the app's host; better --key-file, or {KeyVariable}: a shell keeps what is typed" };

    private static readonly Option<FileInfo?> s_keyFile = new("--key-file") { Description = "A file with that key; - is standard input" };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print the result as JSON" };

    public static Command Create()
    {
        var command = new Command(
            "doctor",
            """
            Check that every system which the app uses is reachable and lets it do what it must; change nothing

            With --url the deployed app looks, as its own identity; that is what counts. Without, this machine looks with the app's
            settings, as whoever is signed in. Ends with 0 when nothing failed, with 1 otherwise, with 2 for wrong arguments or settings.
            """)
        {
            s_url, s_key, s_keyFile, Operator.SettingsFile, s_json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        return parsed.GetValue(s_url) is { } url ? await AskAsync(parsed, url, cancellationToken) : await LookAsync(parsed, cancellationToken);
    }

    private static async Task<int> AskAsync(ParseResult parsed, string url, CancellationToken cancellationToken)
    {
        var given = new GivenSecrets(parsed, cancellationToken);
        var key = await given.ReadAsync(s_key, s_keyFile) ?? GivenSecrets.Variable(KeyVariable);
        List<string> problems = [.. given.Problems];
        if (DeployedDoctor.WhyNot(url) is { } reason)
        {
            problems.Add($"--url: {reason}");
        }

        if (given.Problems.Count == 0 && (key is null || Characters.NotOfToken(key) is not null))
        {
            problems.Add($"--key-file (or {KeyVariable}): {(key is null ? "is missing; it must be" : $"must hold one key alone ({Characters.NotOfToken(key)}):")} the master key of the app's host: az rest --method post --url 'APP_ID/host/default/listkeys?api-version=2025-03-01' --query masterKey --output tsv");
        }

        if (parsed.GetValue(Operator.SettingsFile) is not null)
        {
            problems.Add($"{Operator.SettingsFile.Name}: cannot stand beside --url: the app has its own settings");
        }

        if (problems.Count > 0)
        {
            await Operator.ReportAsync(problems);
            return Commands.Wrong;
        }

        var (diagnosis, why) = await DeployedDoctor.AskAsync(new Uri(url), key!, cancellationToken);
        if (diagnosis is null)
        {
            await Console.Error.WriteLineAsync(why);
            return Commands.Failed;
        }

        Write(diagnosis, parsed.GetValue(s_json), "The app");
        return diagnosis.Healthy ? Commands.Done : Commands.Failed;
    }

    private static async Task<int> LookAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(s_key) is not null || parsed.GetValue(s_keyFile) is not null)
        {
            await Operator.ReportAsync(["--key: is for --url, which is missing"]);
            return Commands.Wrong;
        }

        await using var composed = await Operator.ComposeAsync(parsed);
        if (composed is null)
        {
            return Commands.Wrong;
        }

        var diagnosis = await composed.Services.GetRequiredService<Examination>().RunAsync(cancellationToken);
        Write(diagnosis, parsed.GetValue(s_json), "This machine");
        return composed.Settings.Problems.Count > 0 ? Commands.Wrong : diagnosis.Healthy ? Commands.Done : Commands.Failed;
    }

    private static void Write(Diagnosis diagnosis, bool json, string who)
    {
        if (json)
        {
            Console.WriteLine(diagnosis.ToJson());
            return;
        }

        Console.WriteLine($"{who} looked, as {diagnosis.Identity}.");
        foreach (var (line, check) in Table.Lines([.. diagnosis.Checks.Select(check => new[] { check.Outcome.ToString().ToLowerInvariant(), check.Name, check.Text })]).Zip(diagnosis.Checks))
        {
            Console.WriteLine(line);
            if (check.Mend is { } mend)
            {
                Console.WriteLine($"    {mend}");
            }
        }

        var counts = diagnosis.Checks.CountBy(check => check.Outcome).ToDictionary();
        Console.WriteLine(
            $"{(diagnosis.Healthy ? "Healthy" : "Not healthy")}: {counts.GetValueOrDefault(Outcome.Ok)} ok, {counts.GetValueOrDefault(Outcome.Warning)} warnings, {counts.GetValueOrDefault(Outcome.Failed)} failed.");
    }
}
