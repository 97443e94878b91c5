using Azure;
using IterationBranches.Provisioning;
using IterationBranches.Storage;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Storage;

/// <summary>What the storage account answers, and what a person is told.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(403, "AuthorizationFailure", "let the app through the account's network settings")]
    [InlineData(403, "AuthorizationPermissionMismatch", "give the app's identity the roles Storage Queue Data Contributor and Storage Blob Data Owner")]
    [InlineData(403, "KeyBasedAuthenticationNotPermitted", "the account takes identities alone")]
    [InlineData(403, "AuthenticationFailed", "renew AzureWebJobsStorage")]
    [InlineData(403, "AuthorizationSourceIPMismatch", "the signature in AzureWebJobsStorage does not allow it")]
    [InlineData(401, "InvalidAuthenticationInfo", "the account must belong to the identity's tenant")]
    [InlineData(403, "AccountIsDisabled", "look at the account in the portal")]
    [InlineData(403, "ForbiddenByTheMoon", "the app knows no mend for this code; do what the account says")]
    public async Task What_the_account_says_comes_first_and_the_mend_follows_its_code(int status, string code, string mend)
    {
        var refusal = await AskAsync(new RequestFailedException(status, "This request is not authorized.\nRequestId:1\nTime:2", code, null));

        Assert.Equal((Failure.PersonNeeded, status, code), (refusal.Failure, refusal.Status, refusal.Code));
        Assert.StartsWith($"the storage account refused to count (status {status} {code}: This request is not authorized.): {mend}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(code == "AuthorizationPermissionMismatch", refusal.Message.Contains("Data Contributor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_may_pass_says_why_too()
    {
        var refusal = await AskAsync(new RequestFailedException(503, "The server is busy.\nRequestId:1", "ServerBusy", null));

        Assert.Equal((Failure.Transient, "the storage account could not count (status 503 ServerBusy: The server is busy.)"), (refusal.Failure, refusal.Message));
    }

    /// <summary>Its message may quote a part of the connection string.</summary>
    [Theory]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(UriFormatException))]
    [InlineData(typeof(ArgumentException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task What_fails_before_a_byte_is_sent_needs_a_person_and_shows_nothing(Type type)
    {
        var refusal = await AskAsync((Exception)Activator.CreateInstance(type, "AccountKey=c2VjcmV0")!);

        Assert.Equal((Failure.PersonNeeded, null), (refusal.Failure, refusal.Status));
        Assert.Contains("correct AzureWebJobsStorage", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_that_says_nothing_is_believed_to_lack_either()
    {
        await using var account = await QueuePeer.StartAsync(refuses: true);
        var queue = new Azure.Storage.Queues.QueueServiceClient(account.ConnectionString);

        var refusal = await Assert.ThrowsAsync<StorageException>(() => new StorageLookQueue(queue, "provision-branch").SendAsync(LookMessage.For("orders", LookReason.Push), null, default));

        Assert.Equal(
            "the storage account refused to put a message on the queue provision-branch (status 403): check AzureWebJobsStorage, and for an identity the roles Storage Queue Data Contributor and Storage Blob Data Owner",
            refusal.Message);
    }

    private static Task<StorageException> AskAsync(Exception failure) =>
        Assert.ThrowsAsync<StorageException>(() => StorageException.AskAsync<int>("count", () => throw failure, CancellationToken.None));
}
