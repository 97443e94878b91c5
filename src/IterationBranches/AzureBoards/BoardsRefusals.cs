using System.Text.Json;
using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.AzureBoards;

/// <summary>The words of a refusal that depend on what was asked for.</summary>
/// <param name="NotFound">What may be missing, or not shown; where to look.</param>
/// <param name="Forbidden">Which permission is missing.</param>
/// <param name="Refused">For every other refusal.</param>
/// <param name="Credential">What to do about a credential that is not accepted.</param>
/// <param name="Secrets">What the request carried, and nobody may read.</param>
internal sealed record BoardsQuestion(Explanation NotFound, Explanation Forbidden, Explanation Refused, string Credential, params string?[] Secrets)
{
    // A record's own text would print every member.
    public override string ToString() => Refused.What;
}

/// <summary>Of a refusal: between the two stands what Azure DevOps said of it.</summary>
/// <param name="Mend">Null: what Azure DevOps said is all there is.</param>
internal sealed record Explanation(string What, string? Mend = null);

/// <summary>What the answers of Azure DevOps mean, and what to do about them.</summary>
/// <param name="noToken">What to do about an identity that gives no token.</param>
internal sealed class BoardsRefusals(BoardsSettings settings, Func<AuthenticationFailedException, AzureBoardsException> noToken) : IRefusals
{
    private const string Permission =
        "the personal access token needs the scope \"Work Items (Read)\", an identity needs to be among the project's Readers";

    // Some 200s of a refused credential are sign-in pages; a deletion has no body.
    public ServiceException? Of(Answer answer) => answer is { Status: 200, IsJson: true } or { Status: 200 or 204, Body.IsEmpty: true }
        ? null
        : Of(answer, answer.Asked<BoardsQuestion>());

    public ServiceException NotUnderstood(Answer answer, string why) => NotUnderstood(why);

    public ServiceException NoAnswer(Exception cause) => cause is AuthenticationFailedException refused
        ? noToken(refused)
        : new AzureBoardsException(
            Transport.FailureOf(cause), $"Azure DevOps did not answer: {Transport.Describe(cause)} (Boards__BaseUrl is {settings.BaseUrl}).", inner: cause);

    public ServiceException NotSent(Exception cause) => new AzureBoardsException(
        Failure.PersonNeeded,
        $"Azure DevOps was not asked: no request can be made of the settings ({cause.GetType().Name}). Correct {(settings.PersonalAccessToken is null ? "" : "the personal access token (Boards__PersonalAccessToken, or --pat-file), or ")}Boards__BaseUrl, which is {settings.BaseUrl}.");

    public ServiceException Unusable(string part) => new AzureBoardsException(
        Failure.PersonNeeded, $"Azure DevOps cannot be asked about \"{part}\": a name in the path is empty, \".\" or \"..\". Correct Boards__Organization, or the track's project, team or iteration root.");

    /// <summary>An answer that is not understood is never an empty list.</summary>
    public static AzureBoardsException NotUnderstood(string why) => new(Failure.Transient, $"The answer of Azure DevOps was not understood: {why}.", 200);

    public static BoardsQuestion About(Track track, BoardsSettings settings) => new(
        NotFound: new(
            $"Azure DevOps does not know what the track \"{track.Name}\" asks for, or does not show it",
            $"Check {WhereSettings(track)}, Boards__Organization, and the permission: {Permission}."),
        Forbidden: new($"Azure DevOps forbids to read the iterations of the track \"{track.Name}\"", $"As a rule, {Permission}."),
        Refused: new($"Azure DevOps refused the request for the iterations of the track \"{track.Name}\"", $"Check {WhereSettings(track)}."),
        Credential: WhatToDo(settings),
        settings.PersonalAccessToken);

    private static AzureBoardsException Of(Answer answer, BoardsQuestion question)
    {
        var (code, message) = Parse(answer);
        var said = Redaction.Show(
            DecodedServiceError(answer) ?? message ?? (answer.IsJson ? "" : answer.Text), question.Secrets);
        var status = answer.Status;
        if (status == 429 || said.Contains("TF400733", StringComparison.Ordinal))
        {
            return Refuse(Failure.ToldToWait, new("Azure DevOps throttles this identity"));
        }

        if (status is 408 or >= 500)
        {
            return Refuse(
                status == 503 && answer.RetryAfter is not null ? Failure.ToldToWait : Failure.Transient, new("Azure DevOps failed to answer"));
        }

        if (status == 404 || code?.StartsWith("ProjectDoesNotExist", StringComparison.Ordinal) is true)
        {
            return Refuse(Failure.PersonNeeded, question.NotFound);
        }

        if (status == 403 || (status is 400 or 401 && said.Contains("needs the following permission", StringComparison.OrdinalIgnoreCase)))
        {
            return Refuse(Failure.PersonNeeded, question.Forbidden with { Mend = MendOf(said) ?? question.Forbidden.Mend });
        }

        if (status is 401 or < 400)
        {
            // 203, a redirect, or a page: how a refused credential looks when it is not a clean 401. No snippet of a sign-in page helps.
            return new AzureBoardsException(
                Failure.PersonNeeded,
                $"Azure DevOps did not accept the credential ({Shown(status == 401 ? said : "a sign-in page")}). {question.Credential}",
                status)
            { Code = code };
        }

        return Refuse(Failure.PersonNeeded, question.Refused);

        AzureBoardsException Refuse(Failure failure, Explanation explained) => new(
            failure, $"{explained.What} ({Shown(said)}).{(explained.Mend is { } mend ? $" {mend}" : "")}", status)
        {
            Code = code,
            RetryAfter = answer.RetryAfter,
        };

        string Shown(string detail) => string.Join("; ", new[]
        {
            code is null ? $"status {status}" : $"status {status} {Redaction.Show(code)}",
            detail,
            (answer.Header("X-VSS-E2EID") ?? answer.Header("ActivityId")) is { } activity ? $"activity {Redaction.Show(activity)}" : "",
        }.Where(part => part.Length > 0));
    }

    /// <summary>Of a 403 that a permission does not mend; null: it is not known as one.</summary>
    private static string? MendOf(string said) =>
        said.Contains("VS403463", StringComparison.Ordinal) || said.Contains("conditional access", StringComparison.OrdinalIgnoreCase)
            ? "A conditional access policy of the tenant keeps this identity, or this address, out: let it in there."
            : null;

    /// <summary>The identity gave no token. An endpoint that does not answer may answer later; one that refuses needs a person.</summary>
    public static AzureBoardsException NoToken(AuthenticationFailedException exception, BoardsSettings settings) => new(
        AppIdentity.FailureOf(exception),
        $"The identity gave no token for Azure DevOps: {Redaction.Show(exception.Message)} {WhatToDo(settings)}",
        inner: exception);

    /// <summary>The settings that say where a track's iterations are.</summary>
    public static string WhereSettings(Track track) => track switch
    {
        { IterationRoot: not null } => $"Tracks__{track.Name}__Project, Tracks__{track.Name}__IterationRoot",
        { Team: not null } => $"Tracks__{track.Name}__Project, Tracks__{track.Name}__Team",
        _ => $"Tracks__{track.Name}__Project",
    };

    private static string WhatToDo(BoardsSettings settings) => settings.PersonalAccessToken is null
        ? $"Turn on the app's managed identity and add it to the organization \"{settings.Organization}\" (Boards__Organization) under Organization settings, Users; or set Boards__PersonalAccessToken."
        : $"Renew Boards__PersonalAccessToken: a token of the organization \"{settings.Organization}\" (Boards__Organization) with the scope \"Work Items (Read)\".";

    /// <summary>Azure DevOps' two shapes of an error, the second of which its own clients call improper.</summary>
    private static (string? Code, string? Message) Parse(Answer answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var error = document.RootElement;
            if (Find(error, "value") is { ValueKind: JsonValueKind.Object } improper)
            {
                error = improper;
            }

            return (Find(error, "typeKey")?.ToString(), Find(error, "message")?.ToString());
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static JsonElement? Find(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object
        ? element.EnumerateObject()
            .Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null)
            .Select(property => (JsonElement?)property.Value)
            .FirstOrDefault()
        : null;

    private static string? DecodedServiceError(Answer answer) =>
        answer.Header("X-TFS-ServiceError") is { } encoded ? Uri.UnescapeDataString(encoded.Replace('+', ' ')) : null;
}
