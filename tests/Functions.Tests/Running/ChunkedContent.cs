using System.Net;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>A body that does not say its length beforehand.</summary>
internal sealed class ChunkedContent : HttpContent
{
    private readonly ReadOnlyMemory<byte> _bytes;

    public ChunkedContent(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        Headers.ContentType = new("application/json") { CharSet = "utf-8" };
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context) => await stream.WriteAsync(_bytes);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
