using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>PlanetScale's page-numbered lists: 25 entries unless asked otherwise, never more than 100.</summary>
internal static class Paging
{
    public static Reply Page<T>(this Request request, IReadOnlyList<T> all, Func<T, JsonNode> render)
    {
        var page = request.Number("page") ?? 1;
        var size = Math.Min(request.Number("per_page") ?? 25, 100);
        var pages = Math.Max(1, (all.Count + size - 1) / size);
        int? next = page < pages ? page + 1 : null;
        int? previous = page > 1 ? page - 1 : null;
        return new Reply(200, new JsonObject
        {
            ["type"] = "list",
            ["current_page"] = page,
            ["per_page"] = size,
            ["next_page"] = next,
            ["next_page_url"] = Link(request.Http, next, size),
            ["prev_page"] = previous,
            ["prev_page_url"] = Link(request.Http, previous, size),
            ["total_count"] = all.Count,
            ["total_pages"] = pages,
            ["data"] = new JsonArray([.. all.Skip((int)Math.Min((long)(page - 1) * size, int.MaxValue)).Take(size).Select(render)]),
        });
    }

    private static string? Link(HttpRequest request, int? page, int size)
    {
        if (page is null)
        {
            return null;
        }

        var query = new QueryBuilder(request.Query.Where(entry => entry.Key is not ("page" or "per_page")))
        {
            { "page", page.Value.ToString() },
            { "per_page", size.ToString() },
        };
        return $"{request.Scheme}://{request.Host}{request.Path}{query}";
    }
}
