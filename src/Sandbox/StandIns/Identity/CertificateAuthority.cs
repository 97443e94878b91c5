using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace IterationBranches.Sandbox.StandIns.Identity;

/// <summary>
/// A certificate authority that lives as long as its process, for the stand-ins that speak HTTPS. Whoever is to trust them is given
/// <see cref="CertificatePem"/>. Its key is never written down.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2 _certificate;
    private readonly TimeProvider _clock;

    private CertificateAuthority(X509Certificate2 certificate, TimeProvider clock) => (_certificate, _clock) = (certificate, clock);

    /// <summary>The certificate of the authority, without its key.</summary>
    public string CertificatePem => _certificate.ExportCertificatePem();

    /// <param name="clock">Must be near the machine's time: that is what a client compares the dates with.</param>
    public static CertificateAuthority Create(TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Iteration Branches sandbox", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = clock.GetUtcNow();
        return new CertificateAuthority(request.CreateSelfSigned(now.AddDays(-2), now.AddYears(10)), clock);
    }

    /// <summary>A certificate with its key, for a server on localhost and 127.0.0.1.</summary>
    public X509Certificate2 IssueServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = _clock.GetUtcNow();
        var serial = RandomNumberGenerator.GetBytes(16);
        // A serial number is positive.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        // macOS takes no server certificate that is valid for more than 825 days.
        using var issued = request.Create(_certificate, now.AddDays(-1), now.AddDays(800), serial);
        using var withKey = issued.CopyWithPrivateKey(key);
        // Windows' TLS takes a key only from a store of its own, and macOS' loader knows no key outside a keychain: there the system
        // holds the key until the certificate is disposed. Elsewhere it is in this process' memory only.
        var storage = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? X509KeyStorageFlags.DefaultKeySet : X509KeyStorageFlags.EphemeralKeySet;
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null, storage);
    }

    public Task WriteCertificateAsync(string path, CancellationToken cancellationToken = default) =>
        File.WriteAllTextAsync(path, CertificatePem + "\n", cancellationToken);

    public void Dispose() => _certificate.Dispose();
}
