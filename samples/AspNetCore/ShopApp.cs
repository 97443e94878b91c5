using Azure.Security.KeyVault.Secrets;

namespace Shop.Web;

public static class ShopApp
{
    /// <param name="connect">Makes the client for the vault of the setting <c>KeyVault:Uri</c>.</param>
    /// <param name="configureServices">For tests: another clock, another log.</param>
    public static WebApplication Create(string[] args, Func<Uri, SecretClient> connect, Action<IServiceCollection>? configureServices = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        var vault = builder.Configuration.GetValue<Uri>("KeyVault:Uri")
            ?? throw new InvalidOperationException("The setting KeyVault:Uri is missing. It must be the address of the vault, as https://NAME.vault.azure.net.");

        var client = connect(vault);
        builder.AddKeyVaultSecret(client, "ConnectionStrings--orders", reloadInterval: TimeSpan.FromMinutes(5));

        configureServices?.Invoke(builder.Services);
        var app = builder.Build();
        // The connection string is read at each request, so the first request after a change has the new one.
        app.MapGet("/connection", (IConfiguration configuration) => ConnectionTarget.Of(configuration.GetConnectionString("orders")));
        return app;
    }
}
