using IterationBranches.AppService;
using IterationBranches.AzureBoards;
using IterationBranches.Configuration;
using IterationBranches.Doctor;
using IterationBranches.KeyVault;
using IterationBranches.PlanetScale;
using IterationBranches.Provisioning;
using IterationBranches.ServiceHooks;
using IterationBranches.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IterationBranches;

public static class IterationBranchesServices
{
    /// <summary>
    /// The whole product. Nothing is contacted and nothing thrown here, whatever the settings are: the caller looks at
    /// <see cref="Settings.Problems"/> before it asks for a service.
    /// </summary>
    public static IServiceCollection AddIterationBranches(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(SettingsLoader.Load(configuration));
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Func<double>>(_ => System.Random.Shared.NextDouble);
        services.TryAddSingleton(_ => AppIdentity.Of(identity: null));
        services.AddAzureBoards();
        services.AddPlanetScale();
        services.AddKeyVault();
        services.AddStorage();
        services.AddAppService();
        services.AddSingleton<AskedLooks>();
        services.AddSingleton<ServiceHookReceiver>();
        services.AddTransient<Looker>();
        services.AddTransient<StepRunner>();
        services.AddTransient<ProvisioningParts>();
        services.AddTransient<Provisioner>();
        services.AddTransient<Poller>();
        services.AddDoctor();
        return services;
    }
}
