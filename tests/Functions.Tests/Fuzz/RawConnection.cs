using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using IterationBranches.Testing;

namespace IterationBranches.Functions.Tests.Fuzz;

/// <summary>Sends bytes that no client would send, and reads the answer. A connection that the server closes is opened again.</summary>
internal sealed class RawConnection(int port) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private TcpClient? _client;

    public async Task<int> SendAsync(byte[] request)
    {
        if (_client is null)
        {
            _client = new TcpClient { NoDelay = true };
            await _client.ConnectAsync(IPAddress.Loopback, port);
        }

        var stream = _client.GetStream();
        try
        {
            await stream.WriteAsync(request);
        }
        catch (IOException)
        {
            // Refused before its end; the answer is there.
        }

        var (status, isLast) = await ReadAsync(stream);
        if (isLast)
        {
            Dispose();
        }

        return status;
    }

    public void Dispose()
    {
        _client?.Dispose();
        _client = null;
    }

    private async Task<(int Status, bool IsLast)> ReadAsync(NetworkStream stream)
    {
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(length)).AsTask().WaitAsync(Bound.Wait);
            length += read;
            var text = Encoding.Latin1.GetString(_buffer, 0, length);
            if (text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and > 0 && IsComplete(text[..end], text[(end + 4)..], read))
            {
                return (int.Parse(text.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), read == 0 || text[..end].Contains("Connection: close", StringComparison.OrdinalIgnoreCase));
            }

            if (read == 0)
            {
                throw new IOException($"The connection ended in the middle of an answer: {text}");
            }
        }
    }

    private static bool IsComplete(string head, string body, int read) => read == 0
        || body.EndsWith("0\r\n\r\n", StringComparison.Ordinal)
        || (head.Split("Content-Length: ") is [_, var length] && body.Length >= int.Parse(length.Split("\r\n")[0], CultureInfo.InvariantCulture));
}
