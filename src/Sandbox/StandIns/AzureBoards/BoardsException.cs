using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>A refusal in Azure DevOps' standard shape; clients tell them apart by <c>typeKey</c>.</summary>
internal sealed class BoardsException(int status, string assembly, string @namespace, string typeKey, string message, int eventId = 3000)
    : Exception(message)
{
    private const string Core = "Microsoft.TeamFoundation.Core.WebApi";
    private const string Vss = "Microsoft.VisualStudio.Services.Common";

    public int Status { get; } = status;

    public JsonObject Body => new()
    {
        ["$id"] = "1",
        ["innerException"] = null,
        ["message"] = Message,
        ["typeName"] = $"{@namespace}.{typeKey}, {assembly}",
        ["typeKey"] = typeKey,
        ["errorCode"] = 0,
        ["eventId"] = eventId,
    };

    /// <summary>A missing project; also one that the caller may not see.</summary>
    public static BoardsException NoProject(string nameOrId) => Guid.TryParse(nameOrId, out var id)
        ? new(404, Core, Core, "ProjectDoesNotExistException",
            $"VS800075: The project with id 'vstfs:///Classification/TeamProject/{id}' does not exist, or you do not have permission to access it.")
        : new(404, Core, Core, "ProjectDoesNotExistWithNameException",
            $"TF200016: The following project does not exist: {nameOrId}. Verify that the name of the project is correct and that the project exists on the specified Azure DevOps Server.");

    public static BoardsException NoTeam(string nameOrId) => new(404, Core, Core, "TeamNotFoundException",
        $"The team with id '{nameOrId}' does not exist, or you do not have permission to access it.");

    public static BoardsException NoNode(string path) =>
        new(404, "Microsoft.TeamFoundation.WorkItemTracking.Server", "Microsoft.TeamFoundation.WorkItemTracking.Server.Metadata", "WorkItemTrackingTreeNodeNotFoundException",
            $"VS402485: The Area/Iteration name is not recognized: {path}.");

    public static BoardsException NoCurrentIteration() =>
        new(404, "Microsoft.TeamFoundation.Work.WebApi", "Microsoft.TeamFoundation.Work.WebApi.Exceptions", "CurrentIterationDoesNotExistException",
            "The current iteration does not exist for the team.");

    public static BoardsException OutOfRange(string parameter) =>
        new(400, "mscorlib", "System", "ArgumentOutOfRangeException",
            $"Specified argument was out of the range of valid values.\r\nParameter name: {parameter}", eventId: 0);

    /// <param name="action">As the security namespace calls it: <c>Edit subscriptions</c>.</param>
    public static BoardsException AccessDenied(string caller, string token, string action) =>
        new(403, "Microsoft.VisualStudio.Services.WebApi", "Microsoft.VisualStudio.Services.Security", "AccessCheckException",
            $"Access Denied: {caller} needs the following permission(s) on the resource {token} to perform this action: {action}");

    public static BoardsException NoSubscription(string id) => Hooks(404, "SubscriptionNotFoundException", $"The subscription with id '{id}' could not be found.");

    public static BoardsException NoNotification(string id) => Hooks(404, "NotificationNotFoundException", $"The notification with id '{id}' could not be found.");

    public static BoardsException BadInput(string message) => Hooks(400, "SubscriptionInputException", message);

    private static BoardsException Hooks(int status, string typeKey, string message) =>
        new(status, "Microsoft.VisualStudio.Services.ServiceHooks.WebApi", "Microsoft.VisualStudio.Services.ServiceHooks.WebApi", typeKey, message);

    public static BoardsException NoVersion(string method) => new(400, Vss, "Microsoft.VisualStudio.Services.WebApi", "VssVersionNotSpecifiedException",
        $"No api-version was supplied for the \"{method}\" request. The version must be supplied either as part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").");

    public static BoardsException VersionOutOfRange(string version) => new(400, Vss, "Microsoft.VisualStudio.Services.WebApi", "VssVersionOutOfRangeException",
        $"The requested REST API version of {version} is out of range for this server. The latest REST API version this server supports is 7.2.");

    public static BoardsException VersionIsPreview(string version) => new(400, Vss, "Microsoft.VisualStudio.Services.WebApi", "VssInvalidPreviewVersionException",
        $"The requested version \"{version}\" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: \"{version}-preview\"");

    public static BoardsException Unauthorized(string message) =>
        new(401, "Microsoft.TeamFoundation.Framework.Server", "Microsoft.TeamFoundation.Framework.Server", "UnauthorizedRequestException", message);
}
