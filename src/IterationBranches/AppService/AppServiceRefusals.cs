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
    private const string Role = "; the app's identity needs a role such as Website Contributor on the site";

    public ServiceException? Of(Answer answer)
    {
        var (failure, mend) = answer.Status switch
        {
            429 or 503 => (Failure.ToldToWait, ""),
            408 or >= 500 => (Failure.Transient, ""),
            401 or 403 or 404 => (Failure.PersonNeeded, Role),
            _ => (Failure.PersonNeeded, ""),
        };
        return answer.IsSuccess
            ? null
            : new AppServiceException(failure, $"Azure Resource Manager answered {answer.Status}{mend}", answer.Status) { RetryAfter = answer.RetryAfter };
    }

    public ServiceException NotUnderstood(Answer answer, string why) => NotUnderstood(why, answer.Status);

    public ServiceException NoAnswer(Exception cause) => cause is AuthenticationFailedException refusal
        ? new AppServiceException(AppIdentity.FailureOf(refusal), $"the identity gave no token for Azure Resource Manager: {Redaction.Show(refusal.Message)}", inner: refusal)
        : new AppServiceException(
            Transport.FailureOf(cause), $"Azure Resource Manager did not answer: {Transport.Describe(cause)} (ResourceManager__BaseUrl is {settings.ResourceManager})", inner: cause);

    public ServiceException Unusable(string part) => new AppServiceException(
        Failure.PersonNeeded, $"Azure Resource Manager cannot be asked about \"{part}\": a part of the site's id is empty, \".\" or \"..\"; correct RefreshSites of the track");

    public static AppServiceException NotUnderstood(string why, int? status = null) =>
        new(Failure.Transient, $"the answer of Azure Resource Manager was not understood: {why}", status);
}
