using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>The mandatory version of a request: <c>api-version</c> in the query, or as a parameter of <c>Accept</c>.</summary>
internal static partial class ApiVersion
{
    /// <summary>Everything that is stood in for is released at 7.0 and 7.1; 7.2 is a preview.</summary>
    private const double Released = 7.1;

    public static void Check(HttpRequest request)
    {
        var version = Asked(request);
        if (string.IsNullOrEmpty(version))
        {
            throw BoardsException.NoVersion(request.Method);
        }

        if (Form().Match(version) is not { Success: true } form
            || !double.TryParse(form.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number is < 7.0 or > 7.2)
        {
            throw BoardsException.VersionOutOfRange(version);
        }

        if (number > Released && !form.Groups["preview"].Success)
        {
            throw BoardsException.VersionIsPreview(version);
        }
    }

    private static string? Asked(HttpRequest request)
    {
        if (request.Query.TryGetValue("api-version", out var query))
        {
            return query;
        }

        foreach (var value in request.Headers.Accept)
        {
            if (MediaTypeHeaderValue.TryParseList([value ?? ""], out var types)
                && types.SelectMany(type => type.Parameters).FirstOrDefault(parameter => parameter.Name == "api-version") is { } found)
            {
                return HeaderUtilities.RemoveQuotes(found.Value).Value;
            }
        }

        return null;
    }

    [GeneratedRegex(@"^(?<number>\d{1,2}\.\d)(?<preview>-preview(\.\d+)?)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
