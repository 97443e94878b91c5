using Azure.Security.KeyVault.Secrets;
using IterationBranches.KeyVault;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.KeyVault;

public sealed class RecordTagsTests
{
    private static readonly Record s_full = new(
        "br-orders-2a6f9d84", "orders", Guid.Parse("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029"), @"Meridian\Спринт 42", RecordState.Ready,
        "sprint-42", new(2026, 8, 26, 9, 0, 0, TimeSpan.Zero), "br-42", "cred-42")
    {
        ProviderAddress = "planetscale://acme/shop/sprint-42",
        Enabled = true,
        ValidityPeriodDays = 18,
        Finish = new(2026, 9, 4),
        Refused = new(new(2026, 8, 26, 10, 0, 0, TimeSpan.Zero), TimeSpan.FromHours(2), "at the limit; ask PlanetScale"),
        OtherTags = new Dictionary<string, string> { ["cost-center"] = "7" },
    };

    [Fact]
    public void A_record_reads_back_as_it_was_written()
    {
        var read = RecordTags.ReadRecord(Written(s_full))!;

        Assert.Equivalent(s_full, read, strict: true);
        Assert.Equal(s_full.Refused, read.Refused);
    }

    [Fact]
    public void What_is_too_long_is_cut_to_what_a_tag_holds()
    {
        var secret = Written(s_full with { IterationPath = new('p', 300), Refused = s_full.Refused! with { Reason = new('r', 300) } });

        Assert.All(secret.Tags, tag => Assert.InRange(tag.Value.Length, 1, 256));
        Assert.Equal(s_full.Refused!.NotBefore, RecordTags.ReadRecord(secret)!.Refused!.NotBefore);
    }

    [Fact]
    public void Ours_come_before_a_person_s_when_there_are_more_than_fifteen()
    {
        var many = Enumerable.Range(0, 9).ToDictionary(i => $"tag{i}", i => $"{i}");

        var secret = Written(s_full with { OtherTags = many });

        Assert.Equal(15, secret.Tags.Count);
        Assert.NotNull(RecordTags.ReadRecord(secret)!.Refused);
    }

    [Theory]
    [InlineData("managed-by", "somebody")]
    [InlineData("managed-by", null)]
    [InlineData("track", null)]
    [InlineData("iteration-id", "42")]
    [InlineData("branch", null)]
    [InlineData("state", "7")]
    [InlineData("state", "lost")]
    [InlineData("claim", "yesterday")]
    public void Damaged_tags_are_no_record(string name, string? value)
    {
        var secret = Written(s_full);
        secret.Tags.Remove(name);
        if (value is not null)
        {
            secret.Tags[name] = value;
        }

        Assert.Null(RecordTags.ReadRecord(secret));
    }

    [Fact]
    public void A_record_is_no_alias_and_an_alias_is_no_record()
    {
        var alias = new SecretProperties("ConnectionStrings--orders");
        RecordTags.Write(new Alias("ConnectionStrings--orders", "orders", s_full.IterationId, "cred-42"), alias.Tags);

        Assert.Null(RecordTags.ReadRecord(alias));
        Assert.Null(RecordTags.ReadAlias(Written(s_full)));
        Assert.Equal("cred-42", RecordTags.ReadAlias(alias)!.CredentialId);
        Assert.Equal(["CredentialId", "iteration-id", "managed-by", "track"], alias.Tags.Keys.Order());
    }

    private static SecretProperties Written(Record record)
    {
        var secret = new SecretProperties(record.SecretName) { Enabled = record.Enabled };
        RecordTags.Write(record, secret.Tags);
        return secret;
    }
}
