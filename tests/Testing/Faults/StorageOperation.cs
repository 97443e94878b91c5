using Microsoft.AspNetCore.Http;

namespace IterationBranches.Testing.Faults;

/// <summary>
/// The name under which a request to a storage account is counted and its faults are planned: the REST API tells its operations
/// apart by method, path, <c>restype</c>, <c>comp</c> and headers (https://learn.microsoft.com/rest/api/storageservices/).
/// </summary>
public static class StorageOperation
{
    /// <summary>Of a path with the account in it, as Azurite has them: <c>/account/container/blob</c>.</summary>
    public static string OfBlobs(HttpRequest request)
    {
        var comp = request.Query["comp"].ToString();
        var isContainer = request.Query["restype"] == "container";
        return (request.Method, comp, isContainer) switch
        {
            (_, "lease", false) => $"{request.Headers["x-ms-lease-action"]}_lease",
            ("PUT", "metadata", false) => "set_metadata",
            ("PUT", "appendblock", false) => "append_block",
            ("PUT", "", true) => "create_container",
            ("PUT", "", false) => "create_blob",
            ("DELETE", "", false) => "delete_blob",
            ("HEAD", "", false) => "get_properties",
            ("GET", "", false) => "get_blob",
            _ => Unnamed(request, comp),
        };
    }

    /// <inheritdoc cref="OfBlobs"/>
    public static string OfQueues(HttpRequest request)
    {
        var comp = request.Query["comp"].ToString();
        // account, queue, "messages", id
        var parts = (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        var isMessages = parts is [_, _, "messages", ..];
        return (request.Method, isMessages, parts.Length) switch
        {
            ("POST", true, 3) => "send_message",
            ("GET", true, 3) => request.Query["peekonly"] == "true" ? "peek_messages" : "receive_messages",
            ("PUT", true, 4) => "update_message",
            ("DELETE", true, 4) => "delete_message",
            ("PUT", false, 2) when comp.Length == 0 => "create_queue",
            ("GET" or "HEAD", false, 2) when comp == "metadata" => "get_queue_properties",
            _ => Unnamed(request, comp),
        };
    }

    private static string Unnamed(HttpRequest request, string comp) => $"{request.Method} {comp}".TrimEnd();
}
