using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>What every invocation's metadata carries.</summary>
public sealed record InvocationStamp(string Function, DateTimeOffset UtcNow, Guid RandGuid, RetryState? Retry);

/// <param name="Count">0: the first attempt.</param>
public sealed record RetryState(int Count, int MaxCount, string? LastError);

/// <summary>One delivery of a queue message.</summary>
/// <param name="Body">As it is in the queue: not decoded.</param>
public sealed record QueueDelivery(
    string Id, string PopReceipt, long DequeueCount, DateTimeOffset InsertedOn, DateTimeOffset ExpiresOn, DateTimeOffset NextVisibleOn, string Body)
{
    // Bodies may hold anything, and a pop receipt is a key to the message.
    public override string ToString() => $"message {Id}, delivery {DequeueCount}";
}

/// <summary>The schedule's memory: of before the invocation that it is handed to.</summary>
public sealed record ScheduleStatus(DateTimeOffset Last, DateTimeOffset Next, DateTimeOffset LastUpdated);

/// <summary>A request as a function gets it that cannot have the raw one.</summary>
public sealed record HttpRequestData(
    string Url,
    string Method,
    IReadOnlyList<KeyValuePair<string, string>> Query,
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Headers,
    IReadOnlyList<KeyValuePair<string, string>> Params,
    string? Body)
{
    // The key of the function is among the headers or in the URL.
    public override string ToString() => $"{Method} request";
}

/// <summary>Builds the body of an invocation: <c>{"Data":…,"Metadata":…}</c>.</summary>
public static class InvocationBody
{
    public static byte[] ForQueue(string binding, string text, QueueDelivery delivery, InvocationStamp stamp)
    {
        var metadata = new BindingData();
        metadata.Add("DequeueCount", delivery.DequeueCount.ToString(CultureInfo.InvariantCulture));
        metadata.Add("ExpirationTime", BindingData.IsoSeconds(delivery.ExpiresOn));
        metadata.Add("Id", BindingData.Encode(delivery.Id));
        metadata.Add("InsertionTime", BindingData.IsoSeconds(delivery.InsertedOn));
        metadata.Add("NextVisibleTime", BindingData.IsoSeconds(delivery.NextVisibleOn));
        metadata.Add("PopReceipt", BindingData.Encode(delivery.PopReceipt));
        metadata.Add("sys", Sys(stamp));
        // Last, so that a message can overwrite its own Id.
        metadata.MergeJson(text);
        return Write(binding, BindingData.Encode(text), metadata, stamp);
    }

    /// <param name="status">Null when the schedule is not monitored.</param>
    /// <param name="input">What an admin gave along; it arrives as metadata under the trigger's name.</param>
    public static byte[] ForTimer(string binding, ScheduleStatus? status, bool isPastDue, string? input, InvocationStamp stamp)
    {
        var metadata = new BindingData();
        if (input is not null)
        {
            metadata.Add(binding, BindingData.Encode(input));
        }

        metadata.Add("sys", Sys(stamp));
        var timer = new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = status is null ? null : new JsonObject
            {
                ["Last"] = BindingData.Iso(status.Last),
                ["Next"] = BindingData.Iso(status.Next),
                ["LastUpdated"] = BindingData.Iso(status.LastUpdated),
            },
            ["IsPastDue"] = isPastDue,
        };
        return Write(binding, timer, metadata, stamp);
    }

    public static byte[] ForHttp(string binding, HttpRequestData request, InvocationStamp stamp)
    {
        var metadata = new BindingData();
        metadata.MergeJson(request.Body ?? "");
        foreach (var (key, value) in request.Query.Concat(request.Params))
        {
            metadata.Add(key, BindingData.Encode(value));
        }

        metadata.Add("Query", Object(request.Query));
        metadata.Add("Headers", new JsonObject(request.Headers.Select(header =>
            KeyValuePair.Create(header.Key, (JsonNode?)string.Join(',', header.Value)))));
        metadata.Add("sys", Sys(stamp));

        var data = new JsonObject
        {
            ["Url"] = request.Url,
            ["Method"] = request.Method,
            ["Query"] = Object(request.Query),
            ["Headers"] = new JsonObject(request.Headers.Select(header =>
                KeyValuePair.Create(header.Key, (JsonNode?)new JsonArray([.. header.Value.Select(value => (JsonNode)value)])))),
            ["Params"] = Object(request.Params),
            ["Identities"] = new JsonArray(AnonymousIdentity()),
        };
        if (request.Body is not null)
        {
            data["Body"] = request.Body;
        }

        return Write(binding, data, metadata, stamp);
    }

    private static JsonObject Sys(InvocationStamp stamp) => new()
    {
        ["MethodName"] = stamp.Function,
        ["UtcNow"] = stamp.UtcNow.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        ["RandGuid"] = stamp.RandGuid.ToString(),
    };

    private static JsonObject Object(IReadOnlyList<KeyValuePair<string, string>> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));

    // What a capture of the real host shows; with a key there is an identity more, whose shape is not known.
    private static JsonObject AnonymousIdentity() => new()
    {
        ["AuthenticationType"] = null,
        ["IsAuthenticated"] = false,
        ["Actor"] = null,
        ["BootstrapContext"] = null,
        ["Claims"] = new JsonArray(),
        ["Label"] = null,
        ["Name"] = null,
        ["NameClaimType"] = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        ["RoleClaimType"] = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    };

    private static byte[] Write(string binding, JsonNode data, BindingData metadata, InvocationStamp stamp) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject { ["Data"] = new JsonObject { [binding] = data }, ["Metadata"] = metadata.ToJson(stamp.Retry) },
            BindingData.Json);
}
