using System.Diagnostics;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;
using Shop.Web;

namespace IterationBranches.Samples.Tests;

/// <summary>Without its connection the sample does not start, and says why.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private const string Role = "The application's identity needs the role Key Vault Secrets User on this secret, and the vault's firewall must let it in.";

    private readonly SampleVault _vault = new();

    public ValueTask InitializeAsync() => _vault.InitializeAsync();

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public void It_may_not_read_the_secret()
    {
        _vault.Forbid();

        Assert.Equal(
            $"The secret '{Orders.Alias}' of {_vault.StandIn.Address} cannot be read, so the application does not start. "
            + $"The vault answered 403 Forbidden: Caller is not authorized to perform action on resource. {Role}",
            Refusal());
    }

    [Fact]
    public void There_is_no_such_secret()
    {
        _vault.StandIn.DeleteByHand(Orders.Alias);

        var message = Refusal();

        Assert.Contains("The vault answered 404 SecretNotFound: ", message, StringComparison.Ordinal);
        Assert.EndsWith("Check the name of the alias, and whether the first branch of its track has been made.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_secret_is_disabled()
    {
        _vault.StandIn.DisableByHand(Orders.Alias);

        Assert.Contains("The vault answered 403 Forbidden: Operation get is not allowed on a disabled secret. ", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_vault_cannot_be_reached()
    {
        await _vault.StandIn.DisposeAsync();

        var message = Refusal();

        Assert.Contains($"({_vault.StandIn.Address.Authority})", message, StringComparison.Ordinal);
        Assert.EndsWith(Role, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_vault_is_not_in_the_settings()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => ShopApp.Create(["--KeyVault:Uri="], _vault.Connect));

        Assert.Equal("The setting KeyVault:Uri is missing. It must be the address of the vault, as https://NAME.vault.azure.net.", refusal.Message);
    }

    /// <summary>The process as it is started in Azure, with its own client and credential.</summary>
    [Fact]
    public async Task The_process_ends_with_the_reason()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ShopApp).Assembly.Location]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["KeyVault__Uri"] = "https://127.0.0.1:1";
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        using var process = Process.Start(start)!;
        var (exitCode, output, errors) = await process.EndAsync();

        Assert.NotEqual(0, exitCode);
        Assert.Contains($"The secret '{Orders.Alias}' of https://127.0.0.1:1/ cannot be read, so the application does not start.", errors + output, StringComparison.Ordinal);
    }

    private string Refusal()
    {
        var refusal = Assert.Throws<InvalidOperationException>(() => ShopApp.Create([$"--KeyVault:Uri={_vault.StandIn.Address}"], _vault.Connect));
        Assert.DoesNotContain(Orders.Password, refusal.ToString(), StringComparison.Ordinal);
        return refusal.Message;
    }
}
