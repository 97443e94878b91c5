using IterationBranches.ServiceHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IterationBranches.Functions;

/// <summary>Reads the body of a hook, or reads past it.</summary>
internal static class HookBody
{
    /// <summary>
    /// How far a body is read that nobody wants: as far as the largest that Azure DevOps sends, so that a hook with an old
    /// password sees its 401 rather than a broken connection. It costs no memory; and whoever comes this far has the function key.
    /// </summary>
    private const int MaximumDrain = ServiceHookReceiver.MaximumBytes;

    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(5);

    /// <returns>Null when it is too large.</returns>
    /// <exception cref="BadHttpRequestException">It does not arrive as HTTP says, or its sender is gone.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > ServiceHookReceiver.MaximumBytes)
        {
            return null;
        }

        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await ReadSomeAsync(request, buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > ServiceHookReceiver.MaximumBytes)
            {
                return null;
            }

            await body.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        // A mark at the start says UTF-8, which JSON is anyway.
        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        return bytes.Span.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
    }

    private static async Task<int> ReadSomeAsync(HttpRequest request, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The connection broke.", broken);
        }
    }

    /// <summary>
    /// Reads on to the end before a refusal is answered: an answer in the middle of a body may reach the sender, or the
    /// Functions host between, as a broken connection. Not for long, and not what is sent only when it is asked for.
    /// </summary>
    public static async Task DrainAsync(HttpRequest request, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!StringValues.IsNullOrEmpty(request.Headers.Expect))
        {
            return;
        }

        using var patience = new CancellationTokenSource(s_longestDrain, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            for (var left = MaximumDrain; left > 0 && (read = await request.Body.ReadAsync(buffer, either.Token)) > 0; left -= read)
            {
                // Nobody wants it.
            }
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // It is refused all the same.
        }
    }
}
