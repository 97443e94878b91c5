using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Shop.Web;

// DefaultAzureCredential is the managed identity in Azure, and whoever is signed in on a desk.
await using var app = ShopApp.Create(args, vault => new SecretClient(vault, new DefaultAzureCredential()));
await app.RunAsync();
