using Azure.Core;
using IterationBranches.Configuration;
using IterationBranches.KeyVault;
using IterationBranches.Records;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Tests.KeyVault;

/// <summary>The record store as the app composes it.</summary>
public sealed class WiringTests : IAsyncLifetime
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System);
    private readonly KeyVaultStandIn _vault = new(TimeProvider.System);
    private readonly string _caFile = Path.Combine(Path.GetTempPath(), $"ca-{Guid.NewGuid():N}.pem");

    public async ValueTask InitializeAsync()
    {
        await _authority.WriteCertificateAsync(_caFile, CancellationToken.None);
        await _vault.StartAsync(certificate: _authority.IssueServer());
        _vault.Allow(VaultFixture.App, "readMetadata");
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        _authority.Dispose();
        File.Delete(_caFile);
    }

    [Fact]
    public async Task A_vault_with_a_certificate_of_its_own_is_trusted_when_its_authority_is_named()
    {
        _vault.PutByHand("somebodys", "value");

        var listing = await Store().ListAsync(CancellationToken.None);

        Assert.Equal(["somebodys"], listing.OtherNames);
    }

    [Theory]
    [InlineData(429, "30", Failure.ToldToWait)]
    [InlineData(429, null, Failure.ToldToWait)]
    [InlineData(503, "30", Failure.Transient)]
    public async Task A_vault_that_asks_for_patience_is_not_asked_again_by_the_same_look(int status, string? retryAfter, Failure failure)
    {
        _vault.Faults.Add("list_secrets", Fault.Refuse(status, retryAfter));

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => Store().ListAsync(CancellationToken.None));

        Assert.Equal((failure, status), (refusal.Failure, refusal.Status));
        Assert.Equal(1, _vault.Calls.Count("list_secrets"));
    }

    private IRecordStore Store()
    {
        var values = SettingValues.Working();
        values["KeyVault__Uri"] = _vault.Address.AbsoluteUri;
        values["KeyVault__DisableChallengeResourceVerification"] = "true";
        values["KeyVault__CaFile"] = _caFile;
        var settings = SettingsLoader.Load(values.ToConfiguration());
        Assert.Empty(settings.Problems);
        return new ServiceCollection()
            .AddLogging()
            .AddSingleton(settings)
            .AddSingleton(TimeProvider.System)
            .AddSingleton<TokenCredential>(new AppCredential())
            .AddKeyVault()
            .BuildServiceProvider()
            .GetRequiredService<IRecordStore>();
    }
}
