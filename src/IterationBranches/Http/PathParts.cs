using System.Reflection;
using Refit;

namespace IterationBranches.Http;

/// <summary>
/// The parts of a path, which come from settings and services. Refit escapes each, so that a name with a slash stays one part.
/// Empty, <c>.</c> and <c>..</c> cannot be escaped: a URL that holds them leads somewhere else.
/// </summary>
internal sealed class PathParts(IRefusals refusals) : DefaultUrlParameterFormatter
{
    public override string? Format(object? value, ICustomAttributeProvider attributeProvider, Type type) =>
        value is string part && !IsUsable(part) ? throw refusals.Unusable(part) : base.Format(value, attributeProvider, type);

    public static bool IsUsable(string part) => !string.IsNullOrWhiteSpace(part) && part is not ("." or "..");
}
