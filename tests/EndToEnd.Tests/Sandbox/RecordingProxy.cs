using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>Stands between the app and one port, and keeps every byte that the app sends through it.</summary>
public sealed partial class RecordingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly MemoryStream _sent = new();
    private readonly HashSet<TcpClient> _open = [];
    private readonly int _target;
    private bool _isCut;

    public RecordingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What was sent, and what of it was base64, decoded.</summary>
    public string Sent
    {
        get
        {
            string raw;
            lock (_lock)
            {
                raw = Encoding.UTF8.GetString(_sent.ToArray());
            }

            var decoded = Base64().Matches(raw).Select(match => new byte[match.Length] is var buffer && Convert.TryFromBase64String(match.Value, buffer, out var length)
                ? Encoding.UTF8.GetString(buffer, 0, length)
                : "");
            return raw + string.Join('\n', decoded);
        }
    }

    /// <summary>While it is cut, whoever is connected is dropped, and whoever connects.</summary>
    public void Cut(bool isCut)
    {
        lock (_lock)
        {
            _isCut = isCut;
            foreach (var client in isCut ? _open : [])
            {
                client.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _sent.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = PassAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Disposed.
        }
    }

    private async Task PassAsync(TcpClient app)
    {
        using var near = app;
        using var far = new TcpClient();
        lock (_lock)
        {
            if (_isCut)
            {
                return;
            }

            _open.Add(near);
        }

        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(CopyAsync(near.GetStream(), far.GetStream(), record: true), CopyAsync(far.GetStream(), near.GetStream(), record: false));
        }
        catch (Exception ended) when (ended is IOException or SocketException or InvalidOperationException)
        {
            // One side hung up, or was cut.
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(near);
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool record)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
        {
            if (record)
            {
                lock (_lock)
                {
                    _sent.Write(buffer, 0, read);
                }
            }

            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }

    [GeneratedRegex("[A-Za-z0-9+/]{16,}={0,2}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Base64();
}
