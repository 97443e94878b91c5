using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>A refusal in PlanetScale's shape: a status, and <c>{"code", "message"}</c>.</summary>
internal sealed class ApiException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public JsonObject Body => new() { ["code"] = code, ["message"] = Message };

    /// <summary>Also the answer to a missing permission and to most wrong tokens, as PlanetScale documents.</summary>
    public static ApiException NotFound(string message = "Not Found") => new(404, "not_found", message);

    public static ApiException Unauthorized() => new(401, "unauthorized", "Unauthorized");

    public static ApiException BadRequest(string message) => new(400, "bad_request", message);

    public static ApiException InvalidParams(string message) => new(400, "invalid_params", message);

    public static ApiException Unprocessable(string message) => new(422, "unprocessable", message);
}
