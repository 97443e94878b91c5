using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
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

    [Fact]
    public void Five_of_a_person_s_tags_have_room_whatever_happens_to_the_record_and_the_path_gives_way()
    {
        var theirs = Enumerable.Range(0, 5).ToDictionary(i => $"tag{i}", i => $"{i}");
        var full = s_full with { OtherTags = theirs, Notice = new(new(2026, 9, 19, 6, 0, 0, TimeSpan.Zero), Retirement.Delete) };

        var secret = Written(full);

        Assert.Equal(15, secret.Tags.Count);
        Assert.Equivalent(full with { IterationPath = "" }, RecordTags.ReadRecord(secret), strict: true);
        // With the refusal's end there is room for it again.
        Assert.Equal(full.IterationPath, RecordTags.ReadRecord(Written(full with { Refused = null }))!.IterationPath);
    }

    [Fact]
    public void What_the_first_builds_wrote_is_read_and_written_anew()
    {
        var secret = new SecretProperties(s_full.SecretName) { Enabled = true };
        RecordTags.Write(s_full with { Refused = null }, secret.Tags);
        foreach (var (name, value) in new[] { ("branch", "sprint-42"), ("ValidityPeriodDays", "18"), ("retire-after", "2026-09-19T06:00:00Z; Delete") })
        {
            secret.Tags[name] = value;
        }

        var read = RecordTags.ReadRecord(secret)!;

        Assert.Equivalent(s_full with { Refused = null, Notice = new(new(2026, 9, 19, 6, 0, 0, TimeSpan.Zero), Retirement.Delete) }, read, strict: true);
        Assert.DoesNotContain(Written(read).Tags.Keys, name => name is "branch" or "ValidityPeriodDays" or "retire-after");
    }

    [Theory]
    [InlineData("managed-by", "somebody")]
    [InlineData("managed-by", null)]
    [InlineData("track", null)]
    [InlineData("iteration-id", "42")]
    [InlineData("ProviderAddress", null)]
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
        RecordTags.Write(new Alias("ConnectionStrings--orders", "orders", s_full.IterationId, "cred-42"), [], alias.Tags);

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
