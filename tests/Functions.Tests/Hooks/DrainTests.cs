using System.Net;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.ServiceHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>A refusal is answered after the body, within bounds.</summary>
public sealed class DrainTests
{
    [Theory]
    [InlineData(false, "application/json", 1_000_000, HttpStatusCode.Unauthorized)]
    [InlineData(true, "text/plain", 1_000_000, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(true, "application/json", ServiceHookReceiver.MaximumBytes + 20_000, HttpStatusCode.RequestEntityTooLarge)]
    public async Task A_body_is_read_to_its_end_before_it_is_refused(bool isAuthentic, string type, int length, HttpStatusCode expected)
    {
        await using var body = new CountingStream(length);

        Assert.Equal((int)expected, await RefuseAsync(body, isAuthentic, type));

        Assert.Equal(length, body.Given);
    }

    [Theory]
    [InlineData(false, "application/json", 1, HttpStatusCode.Unauthorized)]
    [InlineData(true, "text/plain", 1, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(true, "application/json", 2, HttpStatusCode.RequestEntityTooLarge)]
    public async Task But_no_further_than_Azure_DevOps_ever_sends(bool isAuthentic, string type, int times, HttpStatusCode expected)
    {
        await using var body = new CountingStream(long.MaxValue);

        Assert.Equal((int)expected, await RefuseAsync(body, isAuthentic, type));

        Assert.InRange(body.Given, 1, (times * ServiceHookReceiver.MaximumBytes) + (32 * 1024));
    }

    [Fact]
    public async Task A_body_that_says_it_is_too_large_is_not_kept()
    {
        await using var body = new CountingStream(long.MaxValue);

        Assert.Equal(413, await RefuseAsync(body, isAuthentic: true, "application/json", contentLength: ServiceHookReceiver.MaximumBytes + 1));

        Assert.InRange(body.Given, 1, ServiceHookReceiver.MaximumBytes + (32 * 1024));
    }

    [Fact]
    public async Task Nor_longer_than_five_seconds()
    {
        await using var app = await RunningApp.StartAsync();
        await using var body = new StalledStream(() => app.Clock.Advance(TimeSpan.FromSeconds(5)));

        Assert.Equal(401, await RefuseAsync(body, isAuthentic: false, "application/json", app: app));

        Assert.True(body.IsRead);
    }

    [Fact]
    public async Task A_stranger_is_told_that_basic_authentication_is_needed_and_nothing_else()
    {
        await using var app = await RunningApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, RunningApp.Hook) { Content = EventPayload.Created().ToContent() };
        using var response = await app.Http.SendAsync(request);

        Assert.Equal("Basic realm=\"service hooks\", charset=\"UTF-8\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(["Date", "Transfer-Encoding", "WWW-Authenticate"], response.Headers.Select(header => header.Key).Order(StringComparer.Ordinal));
    }

    private static async Task<int> RefuseAsync(Stream body, bool isAuthentic, string type, long? contentLength = null, RunningApp? app = null)
    {
        await using var other = app is null ? await RunningApp.StartAsync() : null;
        var running = app ?? other!;
        using var scope = running.Services.CreateScope();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider, Response = { Body = new MemoryStream() } };
        context.Request.Method = HttpMethods.Post;
        context.Request.ContentType = type;
        context.Request.ContentLength = contentLength;
        context.Request.Body = body;
        context.Request.Headers.Authorization = (isAuthentic ? HookCredential.Right : HookCredential.Of("azure-devops", "wrong")).ToString();
        var result = await scope.ServiceProvider.GetRequiredService<HookEndpoint>().ReceiveAsync(context.Request, "orders", CancellationToken.None);
        await result.ExecuteAsync(context);
        return context.Response.StatusCode;
    }

    private sealed class CountingStream(long length) : ReadOnlyStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, length - Given);
            buffer.Span[..count].Fill((byte)' ');
            Given += count;
            return ValueTask.FromResult(count);
        }
    }

    private sealed class StalledStream(Action whenRead) : ReadOnlyStream
    {
        public bool IsRead { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            IsRead = true;
            whenRead();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }
    }

    private abstract class ReadOnlyStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
