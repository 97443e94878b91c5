using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>The headers that every answer of the service has.</summary>
internal static class KeyVaultHeaders
{
    private const string ClientRequestId = "x-ms-client-request-id";

    public static void Add(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.Pragma = "no-cache";
        headers.Expires = "-1";
        headers.StrictTransportSecurity = "max-age=31536000;includeSubDomains";
        headers.XContentTypeOptions = "nosniff";
        headers["x-ms-keyvault-region"] = "local";
        headers["x-ms-keyvault-network-info"] = "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;";
        headers["x-ms-keyvault-service-version"] = "1.9.0.0";
        headers["x-ms-request-id"] = Guid.NewGuid().ToString();
        if (context.Request.Headers.TryGetValue(ClientRequestId, out var id))
        {
            headers[ClientRequestId] = id;
        }
    }
}
