using System.Security.Authentication;
using Azure.Identity;
using Polly.Timeout;

namespace IterationBranches.Http;

/// <summary>The exceptions with which a request ends that got no whole answer, or was not sent.</summary>
internal static class Transport
{
    /// <summary>A cancellation counts only when it is not the caller's own: then it was a timeout.</summary>
    public static bool Failed(Exception exception, CancellationToken callers) =>
        exception is HttpRequestException or IOException or TimeoutRejectedException or AuthenticationFailedException
        || WasNotSent(exception)
        || (exception is OperationCanceledException && !callers.IsCancellationRequested);

    /// <summary>
    /// A setting has a form that no header and no address has. Nobody was asked, and trying again changes nothing. What this
    /// app throws itself when it is called wrongly is a mistake of the app, and no setting mends it.
    /// </summary>
    public static bool WasNotSent(Exception exception) => exception is FormatException
        || (exception is ArgumentException or NotSupportedException or InvalidOperationException and not ObjectDisposedException
            && exception.Source != typeof(Transport).Assembly.GetName().Name);

    /// <summary>An answer that is too large stays too large; everything else may pass.</summary>
    public static Failure FailureOf(Exception exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded }
            ? Failure.PersonNeeded
            : Failure.Transient;

    public static string Describe(Exception exception) => exception switch
    {
        TimeoutRejectedException or OperationCanceledException => "a timeout",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "an unknown host name",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"an answer of more than {RetryHandler.LargestBody} bytes",
        HttpRequestException { InnerException: AuthenticationException } => "a TLS handshake that failed",
        _ => "a network failure",
    };
}
