using Azure.Core;
using IterationBranches.AppService;
using IterationBranches.AzureBoards;
using IterationBranches.Configuration;
using IterationBranches.KeyVault;
using IterationBranches.PlanetScale;
using IterationBranches.Provisioning;
using IterationBranches.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Doctor;

public static class DoctorServices
{
    /// <summary>Registers <see cref="Examination"/>. A client is asked for only when the settings are right for it: not every one can be made of wrong ones.</summary>
    public static IServiceCollection AddDoctor(this IServiceCollection services) => services.AddTransient(provider =>
    {
        var settings = provider.GetRequiredService<Settings>();
        var time = provider.GetRequiredService<TimeProvider>();
        var identity = new IdentityProbes(settings, provider.GetRequiredService<TokenCredential>());
        return new Examination(
            identity,
            [
                new SettingsProbes(settings),
                identity,
                new StorageProbes(settings, provider.GetRequiredService<StorageAccess>),
                new BoardsProbes(settings, provider.GetRequiredService<AzureBoardsClient>),
                new PlanetScaleProbes(settings, provider.GetRequiredService<PlanetScaleAccess>, provider.GetRequiredService<PlanetScaleBranches>, time),
                new KeyVaultProbes(settings, provider.GetRequiredService<KeyVaultAccess>),
                new SiteProbes(settings, provider.GetRequiredService<SiteReader>),
                new TrackProbes(settings, provider.GetRequiredService<ITrackLocks>, time),
            ],
            time,
            provider.GetRequiredService<ILogger<Examination>>());
    });
}
