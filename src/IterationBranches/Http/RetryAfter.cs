using System.Globalization;

namespace IterationBranches.Http;

/// <summary>The <c>Retry-After</c> header, in seconds or as a date (RFC 9110, 10.2.3); null when it is absent or unreadable.</summary>
internal static class RetryAfter
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    // The clock that wrote a date is the answer's own, where it has one.
    public static TimeSpan? Of(HttpResponseMessage response, TimeProvider time) =>
        response.Headers.TryGetValues("Retry-After", out var values) ? Parse(values.FirstOrDefault(), response.Headers.Date ?? time.GetUtcNow()) : null;

    /// <param name="now">What a date is counted from; null: one says nothing.</param>
    public static TimeSpan? Parse(string? text, DateTimeOffset? now)
    {
        // Azure DevOps writes its delays with decimals elsewhere (X-RateLimit-Delay), which the header's own parser does not read.
        // The parser also takes NaN and the infinities, which are no delay.
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return char.IsAsciiDigit(text[^1]) ? TimeSpan.FromSeconds(Math.Min(seconds, s_longest.TotalSeconds)) : null;
        }

        // A number with a sign would be a day of this month.
        if (now is not { } start || text is null || !text.Any(char.IsAsciiLetter) || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return null;
        }

        var wait = date - start;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > s_longest ? s_longest : wait;
    }
}
