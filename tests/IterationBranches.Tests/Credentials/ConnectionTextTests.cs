using System.Data.Common;
using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Records;

namespace IterationBranches.Tests.Credentials;

public sealed class ConnectionTextTests
{
    /// <summary>What PlanetScale issues has none of these; nothing says that it never will.</summary>
    private const string Nasty = """p;a=s's"w o/r:d@?#%&+{}\ü""";

    private static readonly IssuedCredential s_plain = Issued("pscale_pw_AbC123");
    private static readonly IssuedCredential s_nasty = Issued(Nasty);

    [Fact]
    public void Ado_net_asks_for_a_verified_name()
    {
        var text = ConnectionText.Of(s_plain, SecretFormat.AdoNet);

        Assert.Equal("Server=aws.connect.psdb.cloud;Port=3306;Database=shop;User ID=user1;Password=pscale_pw_AbC123;SslMode=VerifyFull", text.Value);
        Assert.Equal("application/x-mysql-ado-net", text.ContentType);
    }

    [Fact]
    public void Ado_net_reads_back_whatever_the_password_is()
    {
        var read = new DbConnectionStringBuilder { ConnectionString = ConnectionText.Of(s_nasty, SecretFormat.AdoNet).Value };

        Assert.Equal((Nasty, "user1", "VerifyFull", "shop", "3306"), (read["Password"], read["User ID"], read["SslMode"], read["Database"], read["Port"]));
        Assert.Equal(6, read.Count);
    }

    [Theory]
    [InlineData(SecretFormat.Url, "", "application/x-mysql-url")]
    [InlineData(SecretFormat.Prisma, "?sslaccept=strict", "application/x-mysql-prisma-url")]
    public void A_url_reads_back_whatever_the_password_is(SecretFormat format, string query, string contentType)
    {
        Assert.Equal(new SecretText($"mysql://user1:pscale_pw_AbC123@aws.connect.psdb.cloud:3306/shop{query}", contentType), ConnectionText.Of(s_plain, format));

        var url = new Uri(ConnectionText.Of(s_nasty, format).Value);
        Assert.Equal(
            ("mysql", "aws.connect.psdb.cloud", 3306, "/shop", query),
            (url.Scheme, url.Host, url.Port, url.AbsolutePath, url.Query));
        Assert.Equal(["user1", Nasty], url.UserInfo.Split(':').Select(Uri.UnescapeDataString));
    }

    [Fact]
    public void Go_reads_user_and_password_up_to_the_last_at_sign_as_they_are()
    {
        Assert.Equal(
            new SecretText("user1:pscale_pw_AbC123@tcp(aws.connect.psdb.cloud:3306)/shop?tls=true&interpolateParams=true", "application/x-mysql-go-dsn"),
            ConnectionText.Of(s_plain, SecretFormat.Go));

        // As go-sql-driver's ParseDSN: the last slash, then the last at sign, then the first colon.
        var text = ConnectionText.Of(s_nasty, SecretFormat.Go).Value;
        var left = text[..text.LastIndexOf('/')];
        Assert.Equal($"user1:{Nasty}", left[..left.LastIndexOf('@')]);
        Assert.Equal("tcp(aws.connect.psdb.cloud:3306)", left[(left.LastIndexOf('@') + 1)..]);
    }

    [Fact]
    public void Json_has_every_field()
    {
        var text = ConnectionText.Of(s_nasty, SecretFormat.Json);

        Assert.Equal("application/json", text.ContentType);
        using var json = JsonDocument.Parse(text.Value);
        var fields = json.RootElement;
        Assert.Equal(
            ["adoNet", "branchId", "branchName", "credentialId", "database", "expiresAt", "host", "kind", "password", "port", "role", "url", "username"],
            fields.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            (Nasty, "user1", "admin", "br-42", "cred-42", 3306),
            (fields.GetProperty("password").GetString(), fields.GetProperty("username").GetString(), fields.GetProperty("role").GetString(), fields.GetProperty("branchId").GetString(), fields.GetProperty("credentialId").GetString(), fields.GetProperty("port").GetInt32()));
        Assert.Equal(ConnectionText.Of(s_nasty, SecretFormat.AdoNet).Value, fields.GetProperty("adoNet").GetString());
        Assert.Equal(ConnectionText.Of(s_nasty, SecretFormat.Url).Value, fields.GetProperty("url").GetString());
    }

    [Fact]
    public void Every_format_leads_to_the_branch_and_its_content_type_tells_it_apart()
    {
        var all = Enum.GetValues<SecretFormat>().Select(format => ConnectionText.Of(s_plain, format)).ToList();

        Assert.All(all, text => Assert.Contains("aws.connect.psdb.cloud", text.Value, StringComparison.Ordinal));
        Assert.Equal(all.Count, all.Select(text => text.ContentType).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionText.Of(s_plain, (SecretFormat)99));
    }

    [Fact]
    public void No_text_of_what_holds_a_secret_shows_it()
    {
        object[] holders = [s_plain, ConnectionText.Of(s_plain, SecretFormat.Url), new SecretText("pscale_pw_AbC123", "text/plain"), (s_plain.Credential, ConnectionText.Of(s_plain, SecretFormat.Json))];

        Assert.All(holders, holder => Assert.DoesNotContain("pscale_pw", holder.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain("user1", s_plain.ToString(), StringComparison.Ordinal);
        Assert.Equal("credential cred-42 on branch br-42", s_plain.ToString());
    }

    private static IssuedCredential Issued(string password) => new(
        new Credential("cred-42", "ib-2a6f9d84-0badcafe", "br-42", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(20), "actor"),
        "sprint-42", "aws.connect.psdb.cloud", 3306, "shop", "user1", password, CredentialRole.Admin);
}
