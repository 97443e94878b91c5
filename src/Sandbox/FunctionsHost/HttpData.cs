using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>HTTP as data: for a function with more bindings than the two of HTTP, or when neither proxying nor forwarding is on.</summary>
public static class HttpData
{
    public static async Task<HttpRequestData> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        return new HttpRequestData(
            request.GetEncodedUrl(),
            request.Method,
            [.. request.Query.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString()))],
            [.. request.Headers.Select(pair => KeyValuePair.Create(pair.Key, (IReadOnlyList<string>)[.. pair.Value.Select(value => value ?? "")]))],
            [.. request.RouteValues.Select(pair => KeyValuePair.Create(pair.Key, Convert.ToString(pair.Value, CultureInfo.InvariantCulture) ?? ""))],
            // The raw bytes are lost here, so nothing can check a signature over them.
            request.ContentLength > 0 ? await new StreamReader(request.Body).ReadToEndAsync(context.RequestAborted) : null);
    }

    public static async Task WriteAsync(HttpResponse to, FunctionJson function, Verdict verdict)
    {
        var value = function.HttpOutput is null ? null : verdict.Outputs?[function.HttpOutput];
        if ((value ?? (function.HttpOutput is "$return" ? verdict.ReturnValue : null)) is not JsonObject response)
        {
            return;
        }

        if (int.TryParse((response["statusCode"] ?? response["status"])?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            to.StatusCode = status;
        }

        foreach (var (name, header) in response["headers"] as JsonObject ?? [])
        {
            to.Headers[name] = header?.ToString();
        }

        if (response["body"] is { } body)
        {
            var isText = body.GetValueKind() is System.Text.Json.JsonValueKind.String;
            to.ContentType ??= isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8";
            await to.WriteAsync(isText ? body.GetValue<string>() : body.ToJsonString());
        }
    }
}
