using System.Data.Common;
using System.Text.Json;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Records;

namespace IterationBranches.Tests.Credentials;

public sealed class PostgresTextTests
{
    private const string Nasty = """p;a=s's"w o/r:d@?#%&+{}\ü""";
    private const string Host = "abcdefghij-useast1-1.horizon.psdb.cloud";
    private const string Username = "pscale_api_sprint42.b7q3w9e5r1ty";

    private static readonly IssuedCredential s_plain = Issued("pscale_pw_AbC123");
    private static readonly IssuedCredential s_nasty = Issued(Nasty);

    [Fact]
    public void Ado_net_is_npgsqls_and_asks_for_a_verified_name()
    {
        Assert.Equal(
            new SecretText($"Host={Host};Port=5432;Database=postgres;Username={Username};Password=pscale_pw_AbC123;SSL Mode=VerifyFull", "application/x-postgres-ado-net"),
            ConnectionText.Of(s_plain, SecretFormat.AdoNet));

        var read = new DbConnectionStringBuilder { ConnectionString = ConnectionText.Of(s_nasty, SecretFormat.AdoNet).Value };
        Assert.Equal((Nasty, Username, "VerifyFull", "5432"), (read["Password"], read["Username"], read["SSL Mode"], read["Port"]));
        Assert.Equal(6, read.Count);
    }

    [Theory]
    [InlineData(SecretFormat.Url, "?sslmode=verify-full", "application/x-postgres-url")]
    [InlineData(SecretFormat.Go, "?sslmode=verify-full", "application/x-postgres-go-url")]
    [InlineData(SecretFormat.Prisma, "?sslmode=require&sslaccept=strict", "application/x-postgres-prisma-url")]
    public void A_url_reads_back_whatever_the_password_is(SecretFormat format, string query, string contentType)
    {
        Assert.Equal(new SecretText($"postgresql://{Username}:pscale_pw_AbC123@{Host}:5432/postgres{query}", contentType), ConnectionText.Of(s_plain, format));

        var url = new Uri(ConnectionText.Of(s_nasty, format).Value);
        Assert.Equal(("postgresql", Host, 5432, "/postgres", query), (url.Scheme, url.Host, url.Port, url.AbsolutePath, url.Query));
        Assert.Equal([Username, Nasty], url.UserInfo.Split(':').Select(Uri.UnescapeDataString));
    }

    [Fact]
    public void Json_has_every_field_and_both_ports()
    {
        using var json = JsonDocument.Parse(ConnectionText.Of(s_nasty, SecretFormat.Json).Value);
        var fields = json.RootElement;

        Assert.Equal(
            ["adoNet", "branchId", "branchName", "credentialId", "database", "expiresAt", "host", "kind", "password", "pooledPort", "port", "role", "url", "username"],
            fields.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ("postgresql", 5432, 6432, Nasty, "postgres"),
            (fields.GetProperty("kind").GetString(), fields.GetProperty("port").GetInt32(), fields.GetProperty("pooledPort").GetInt32(), fields.GetProperty("password").GetString(), fields.GetProperty("database").GetString()));
        Assert.Equal(ConnectionText.Of(s_nasty, SecretFormat.AdoNet).Value, fields.GetProperty("adoNet").GetString());
        Assert.Equal(ConnectionText.Of(s_nasty, SecretFormat.Url).Value, fields.GetProperty("url").GetString());
    }

    [Fact]
    public void The_content_type_tells_every_format_and_kind_apart()
    {
        var mySql = s_plain with { Kind = DatabaseKind.MySql };
        var types = Enum.GetValues<SecretFormat>()
            .Where(format => format != SecretFormat.Json)
            .SelectMany(format => new[] { ConnectionText.Of(s_plain, format).ContentType, ConnectionText.Of(mySql, format).ContentType })
            .ToList();

        Assert.Equal(8, types.Distinct().Count());
    }

    private static IssuedCredential Issued(string password) => new(
        new Credential("cred-42", "ib-2a6f9d84-0badcafe", "b7q3w9e5r1ty", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(20), "actor"),
        "sprint-42", Host, 5432, "postgres", Username, password, CredentialRole.Admin)
    {
        Kind = DatabaseKind.Postgres,
        PooledPort = 6432,
    };
}
