using System.Net.Http.Headers;
using System.Text;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>The web hook consumer of Azure DevOps: one event a request, with basic authentication, and no signature.</summary>
internal static class HookSender
{
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public static async Task<HookDelivery> SendAsync(HookSubscription subscription, string eventType, ReadOnlyMemory<byte> body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{subscription.Username}:{subscription.Password}")));
        request.Headers.TryAddWithoutValidation("User-Agent", "VSServices/19.255.36310.2 (w3wp.exe) (Service Hooks)");
        request.Headers.Add("X-VSS-ActivityId", Guid.NewGuid().ToString());
        request.Headers.Add("X-VSS-SubscriptionId", subscription.Id.ToString());
        request.Headers.Add("Request-Id", $"|{Guid.NewGuid():n}.");
        if (subscription.FunctionKey is { } key)
        {
            request.Headers.Add("x-functions-key", key);
        }

        try
        {
            using var response = await s_http.SendAsync(request);
            return new HookDelivery(subscription, eventType, (int)response.StatusCode, await response.Content.ReadAsStringAsync()) { Body = body };
        }
        catch (HttpRequestException failure)
        {
            return new HookDelivery(subscription, eventType, Status: 0, failure.Message) { Body = body };
        }
    }
}
