using System.Security.Cryptography.X509Certificates;

namespace IterationBranches.Sandbox.Demo;

internal static class TrustedHandler
{
    /// <summary>A handler that trusts the sandbox's own certificate authority and no other.</summary>
    public static SocketsHttpHandler For(string caFile) => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(caFile) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };
}
