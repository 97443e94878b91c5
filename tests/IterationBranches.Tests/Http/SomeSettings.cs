using IterationBranches.Configuration;

namespace IterationBranches.Tests.Http;

internal static class SomeSettings
{
    public const string PersonalAccessToken = "pat0123456789abcdefghijklmnopqrstuvwxyz0123456789abc";

    public const string ServiceToken = "pscale_tkn_SERVICETOKENSERVICETOKENSERVICETOKEN0001";

    public static Settings Of(string? personalAccessToken = PersonalAccessToken, Uri? boards = null, Uri? planetScale = null, string serviceToken = ServiceToken) => new()
    {
        Boards = new BoardsSettings
        {
            BaseUrl = boards ?? new Uri("https://dev.azure.com"),
            Organization = "contoso",
            PersonalAccessToken = personalAccessToken,
        },
        PlanetScale = new PlanetScaleSettings
        {
            BaseUrl = planetScale ?? new Uri("https://api.planetscale.com/v1"),
            Organization = "acme",
            ServiceTokenId = "tk1tk2tk3tk4",
            ServiceToken = serviceToken,
        },
        KeyVault = new KeyVaultSettings { Uri = new Uri("https://vault.example") },
        Storage = new StorageSettings { QueueName = "provision-branch" },
        ServiceHook = new ServiceHookSettings { Username = "azure-devops" },
    };
}
