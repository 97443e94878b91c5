using Microsoft.Extensions.Configuration;

namespace IterationBranches.Testing;

/// <summary>The settings of a working app with one track, by their environment names; a test changes what it is about.</summary>
public static class SettingValues
{
    public static Dictionary<string, string?> Working() => new()
    {
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
        ["PollSchedule"] = "20 */5 * * * *",
        ["ProvisionQueueName"] = "provision-branch",
        ["Boards__Organization"] = "contoso",
        ["Boards__PersonalAccessToken"] = "pat-of-the-tests",
        ["PlanetScale__Organization"] = "acme",
        ["PlanetScale__ServiceTokenId"] = "token-id",
        ["PlanetScale__ServiceToken"] = "pscale_tkn_of-the-tests",
        ["KeyVault__Uri"] = "https://contoso.vault.azure.net",
        ["ServiceHook__Password"] = "hook-password-of-the-tests",
        ["Tracks__orders__Project"] = "Meridian",
        ["Tracks__orders__Team"] = "Payments",
        ["Tracks__orders__Database"] = "shop",
        ["Tracks__orders__Retire"] = "Keep",
    };

    public static IConfiguration ToConfiguration(this IReadOnlyDictionary<string, string?> values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key.Replace("__", ":", StringComparison.Ordinal), value.Value)))
        .Build();
}
