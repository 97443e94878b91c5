using System.Text.Json;

namespace IterationBranches.ServiceHooks;

/// <summary>
/// What the Test button sends: made-up data of a company called Fabrikam, the same for everybody, with zeros for a
/// subscription. Older ones have no subscription at all, and <c>hooks test</c> names the real one: those are known by what
/// is made up. No real event has it: Azure DevOps' own addresses begin with https.
/// </summary>
internal static class TestEvent
{
    private const string MadeUpAddress = "http://fabrikam-fiber-inc.visualstudio.com/";

    private static readonly Guid s_madeUpCollection = new("c12d0eb8-e382-443b-9f9c-c52cba5014c2");

    public static bool Is(JsonElement root) => EventJson.Id(root, "subscriptionId") == Guid.Empty || IsMadeUp(root);

    private static bool IsMadeUp(JsonElement root) =>
        EventJson.Id(EventJson.Member(EventJson.Member(root, "resourceContainers"), "collection"), "id") == s_madeUpCollection
        || EventJson.Text(EventJson.Member(root, "resource"), "url")?.StartsWith(MadeUpAddress, StringComparison.OrdinalIgnoreCase) is true;
}
