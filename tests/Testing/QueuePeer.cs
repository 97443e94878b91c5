using System.Collections.Concurrent;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Testing;

/// <summary>A storage account that takes messages, or refuses them.</summary>
public sealed class QueuePeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Queue, string Text)> _messages = [];

    private QueuePeer(bool refuses)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapPost("/devstoreaccount1/{queue}/messages", async (string queue, HttpRequest request) =>
        {
            if (refuses)
            {
                return Results.StatusCode(StatusCodes.Status403Forbidden);
            }

            var message = await XDocument.LoadAsync(request.Body, LoadOptions.None, request.HttpContext.RequestAborted);
            _messages.Enqueue((queue, Encoding.UTF8.GetString(Convert.FromBase64String(message.Root!.Element("MessageText")!.Value))));
            return Results.Text(
                """
                <?xml version="1.0" encoding="utf-8"?><QueueMessagesList><QueueMessage><MessageId>52d53c5f-e212-487e-998b-abbe3b9d51e4</MessageId><InsertionTime>Wed, 26 Aug 2026 09:00:00 GMT</InsertionTime><ExpirationTime>Fri, 31 Dec 9999 23:59:59 GMT</ExpirationTime><PopReceipt>AgAAAA</PopReceipt><TimeNextVisible>Wed, 26 Aug 2026 09:00:00 GMT</TimeNextVisible></QueueMessage></QueueMessagesList>
                """,
                "application/xml", Encoding.UTF8, StatusCodes.Status201Created);
        });
    }

    public IReadOnlyList<(string Queue, string Text)> Messages => [.. _messages];

    /// <summary>With the emulator's account and key, which are public.</summary>
    public string ConnectionString =>
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
        + $"BlobEndpoint={_app.Urls.Single()}/devstoreaccount1;QueueEndpoint={_app.Urls.Single()}/devstoreaccount1;";

    public static async Task<QueuePeer> StartAsync(bool refuses = false)
    {
        var peer = new QueuePeer(refuses);
        await peer._app.StartAsync();
        return peer;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
