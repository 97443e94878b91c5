using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.AppService;

/// <summary>Azure Resource Manager refused, or could not be asked.</summary>
public sealed class AppServiceException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner);

/// <summary>What the answers of Azure Resource Manager mean, and what to do about them.</summary>
internal sealed class AppServiceRefusals(Settings settings) : IRefusals
{
    private const string Role = "give the app's identity a role such as Website Contributor on the site";

    public ServiceException? Of(Answer answer)
    {
        if (answer.IsSuccess)
        {
            return null;
        }

        var error = AzureError.Parse(answer.Body);
        var failure = answer.Status switch
        {
            429 or 503 => Failure.ToldToWait,
            408 or >= 500 => Failure.Transient,
            _ => Failure.PersonNeeded,
        };
        var mend = failure == Failure.PersonNeeded ? MendOf(error.Code, answer.Status) : null;
        return new AppServiceException(
            failure, $"Azure Resource Manager refused ({AzureError.Show(answer.Status, error.Code, error.Message)}){(mend is null ? "" : $": {mend}")}", answer.Status)
        {
            Code = error.Code,
            RetryAfter = answer.RetryAfter,
        };
    }

    /// <summary>https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors</summary>
    private static string? MendOf(string? code, int status) => code switch
    {
        "AuthorizationFailed" or "LinkedAuthorizationFailed" => Role,
        "ScopeLocked" => "a lock on the site or its group forbids changes: take the lock away, or the site out of RefreshSites of the track",
        "RequestDisallowedByPolicy" => "an Azure Policy forbids it: exempt the site, or take it out of RefreshSites of the track",
        "ResourceNotFound" or "ResourceGroupNotFound" or "SubscriptionNotFound" => "correct RefreshSites of the track",
        null => status is 401 or 403 or 404 ? Role : null,
        _ => null,
    };

    public ServiceException NotUnderstood(Answer answer, string why) => NotUnderstood(why, answer.Status);

    public ServiceException NoAnswer(Exception cause) => cause is AuthenticationFailedException refusal
        ? new AppServiceException(AppIdentity.FailureOf(refusal), $"the identity gave no token for Azure Resource Manager: {Redaction.Show(refusal.Message)}", inner: refusal)
        : new AppServiceException(
            Transport.FailureOf(cause), $"Azure Resource Manager did not answer: {Transport.Describe(cause)} (ResourceManager__BaseUrl is {settings.ResourceManager})", inner: cause);

    public ServiceException NotSent(Exception cause) => new AppServiceException(
        Failure.PersonNeeded, $"Azure Resource Manager was not asked: no request can be made of the settings ({cause.GetType().Name}); correct ResourceManager__BaseUrl ({settings.ResourceManager})", inner: cause);

    public ServiceException Unusable(string part) => new AppServiceException(
        Failure.PersonNeeded, $"Azure Resource Manager cannot be asked about \"{part}\": a part of the site's id is empty, \".\" or \"..\"; correct RefreshSites of the track");

    public static AppServiceException NotUnderstood(string why, int? status = null) =>
        new(Failure.Transient, $"the answer of Azure Resource Manager was not understood: {why}", status);
}
