using System.Security.Cryptography.X509Certificates;
using IterationBranches.Sandbox.StandIns.Identity;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed class CertificateAuthorityTests
{
    [Fact]
    public async Task The_file_for_those_who_trust_it_has_no_key()
    {
        using var authority = CertificateAuthority.Create(TimeProvider.System);
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "ca.pem");
            await authority.WriteCertificateAsync(path);

            var text = await File.ReadAllTextAsync(path);
            Assert.DoesNotContain("PRIVATE", text, StringComparison.Ordinal);
            using var certificate = X509Certificate2.CreateFromPem(text);
            Assert.False(certificate.HasPrivateKey);
            Assert.Equal([path], Directory.GetFiles(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_server_is_trusted_under_both_its_names_and_by_this_authority_only()
    {
        using var authority = CertificateAuthority.Create(TimeProvider.System);
        using var other = CertificateAuthority.Create(TimeProvider.System);
        using var server = authority.IssueServer();

        Assert.True(server.HasPrivateKey);
        Assert.True(server.MatchesHostname("localhost"));
        Assert.True(server.MatchesHostname("127.0.0.1"));
        Assert.False(server.MatchesHostname("vault.azure.net"));
        Assert.True(IsTrusted(server, authority));
        Assert.False(IsTrusted(server, other));
    }

    private static bool IsTrusted(X509Certificate2 server, CertificateAuthority authority)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { X509Certificate2.CreateFromPem(authority.CertificatePem) },
            },
        };
        return chain.Build(server);
    }
}
