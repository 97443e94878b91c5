using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.PlanetScale;

/// <param name="Message">Redacted, on one line; empty when the body says nothing.</param>
/// <param name="IsUnderstood">The body is one of the API's own shapes, not a proxy's page.</param>
internal sealed record ApiError(string? Code, string Message, bool IsUnderstood)
{
    public bool Says(string text) => Message.Contains(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What the answers of PlanetScale mean, and what to do about them.</summary>
internal sealed class PlanetScaleRefusals(PlanetScaleSettings settings) : IRefusals
{
    private const string TokenSettings = "PlanetScale__ServiceTokenId and PlanetScale__ServiceToken";

    public ServiceException? Of(Answer answer) => answer.IsSuccess ? null : Of(answer, Parse(answer), answer.Asked<Operation>());

    public ServiceException NotUnderstood(Answer answer, string why) => answer.Asked<Operation>().NotUnderstood(why, answer.Status);

    public ServiceException NoAnswer(Exception cause) => new PlanetScaleException(
        Transport.FailureOf(cause), $"PlanetScale did not answer: {Transport.Describe(cause)} (PlanetScale__BaseUrl is {settings.BaseUrl}).", inner: cause);

    public ServiceException NotSent(Exception cause) => new PlanetScaleException(
        Failure.PersonNeeded, $"PlanetScale was not asked: no request can be made of the settings ({cause.GetType().Name}). Correct {TokenSettings}, or PlanetScale__BaseUrl, which is {settings.BaseUrl}.");

    public ServiceException Unusable(string part) => new PlanetScaleException(
        Failure.PersonNeeded, $"PlanetScale cannot be asked about \"{part}\": a name in the path is empty, \".\" or \"..\". Correct PlanetScale__Organization, PlanetScale__ServiceTokenId, or the track's database or parent branch.");

    /// <summary>Behind a 404: not even the organizations are shown.</summary>
    /// <param name="refusal">Of the organizations.</param>
    public static PlanetScaleException BadToken(Operation operation, PlanetScaleException refusal) => new(
        Failure.PersonNeeded, $"PlanetScale does not know the service token ({refusal.Said}), so it did not {operation.Name}. Check {TokenSettings}.", 404)
    {
        Code = refusal.Code,
        Said = refusal.Said,
    };

    /// <summary>Behind a 404: the token is good, and belongs to another organization.</summary>
    /// <param name="refusal">The 404.</param>
    public static PlanetScaleException WrongOrganization(string organization, Operation operation, PlanetScaleException refusal) => new(
        Failure.PersonNeeded,
        $"PlanetScale refused to {operation.Name} ({refusal.Said}). The organization \"{organization}\" (setting PlanetScale__Organization) is not one that the service token sees. Check it, or {TokenSettings}.",
        404)
    {
        Code = refusal.Code,
        Said = refusal.Said,
    };

    private static PlanetScaleException Of(Answer answer, ApiError error, Operation operation)
    {
        var refused = $"PlanetScale refused to {operation.Name} ({Shown(answer, error)}).";
        return answer.Status switch
        {
            429 => Refuse(Failure.ToldToWait, $"PlanetScale allows no more requests for now ({Shown(answer, error)})."),
            503 when answer.RetryAfter is not null => Refuse(Failure.ToldToWait, $"PlanetScale asked to wait ({Shown(answer, error)})."),
            // 423: somebody else is changing the branch.
            408 or 423 or >= 500 => Refuse(Failure.Transient, $"PlanetScale failed to {operation.Name} ({Shown(answer, error)})."),
            < 400 => Refuse(
                Failure.PersonNeeded,
                $"PlanetScale answered with a redirect, which is not followed, so that the token is sent nowhere else ({Shown(answer, error)}). Check PlanetScale__BaseUrl."),
            403 when !error.IsUnderstood && error.Message.Length > 0 => Refuse(
                Failure.PersonNeeded, $"{refused} That is no answer of PlanetScale's API: see what stands between, as a proxy, and check PlanetScale__BaseUrl."),
            403 => Refuse(Failure.PersonNeeded, $"{refused} As a rule the service token lacks a permission{PermissionOf(operation)}; check it, and {TokenSettings}."),
            401 => Refuse(Failure.PersonNeeded, $"{refused} Check {TokenSettings}{PermissionOf(operation)}."),
            404 => Refuse(
                Failure.PersonNeeded, $"{refused} Either {operation.Subject} does not exist, or the service token lacks a permission{PermissionOf(operation)}."),
            // The status of what is too young is not documented.
            400 or 409 or 422 when operation.UntilReady is { } wait && (error.Says("still initializing") || error.Says("not ready")) =>
                new(Failure.ToldToWait, $"PlanetScale cannot {operation.Name} yet ({Shown(answer, error)}).", answer.Status)
                {
                    Code = error.Code,
                    Said = Shown(answer, error),
                    RetryAfter = answer.RetryAfter ?? wait,
                },
            // A page where the API would answer JSON comes from something in between.
            _ when !error.IsUnderstood && error.Message.Length > 0 => Refuse(Failure.Transient, refused),
            _ => Refuse(Failure.PersonNeeded, $"{refused} Check {operation.Subject}{PermissionOf(operation)}."),
        };

        PlanetScaleException Refuse(Failure failure, string message) => new(failure, message, answer.Status)
        {
            Code = error.Code,
            Said = Shown(answer, error),
            RetryAfter = answer.RetryAfter,
            // Nor is that of a name that is taken.
            NameIsTaken = answer.Status is 400 or 409 or 422 && (error.Says("already been taken") || error.Says("already exists")),
        };
    }

    /// <summary>The first of the shapes that fits: the API's two, the authentication service's, and else a piece of whatever it is.</summary>
    private ApiError Parse(Answer answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object)
            {
                var message = Text(root, "message") ?? FieldErrors(root) ?? Text(root, "error_description") ?? "";
                var code = Text(root, "code") ?? Text(root, "error");
                return new ApiError(code is null ? null : Redact(code), Redact(message), IsUnderstood: true);
            }
        }
        catch (JsonException)
        {
            // A page of a proxy, or nothing.
        }

        return new ApiError(null, Redact(answer.Text), IsUnderstood: false);
    }

    private static string? FieldErrors(JsonElement root) => root.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
        ? string.Join("; ", errors.EnumerateArray().Select(error => error.ValueKind switch
        {
            JsonValueKind.Object => $"{Text(error, "name")} {FieldErrors(error) ?? Text(error, "message")}".Trim(),
            JsonValueKind.String => error.GetString(),
            _ => error.GetRawText(),
        }))
        : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private string Redact(string text) => Redaction.Show(text, settings.ServiceToken.Trim());

    private static string PermissionOf(Operation operation) => operation.Permission is { } permission ? $" (it needs {permission})" : "";

    private static string Shown(Answer answer, ApiError error) => error switch
    {
        { Code: null, Message: "" } => $"status {answer.Status}",
        { Message: "" } => $"status {answer.Status} {error.Code}",
        { Code: null } => $"status {answer.Status}: {error.Message}",
        _ => $"status {answer.Status} {error.Code}: {error.Message}",
    };
}
