using System.IO.Compression;
using System.Text;
using System.Text.Json;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.ServiceHooks;

namespace IterationBranches.Functions.Tests.Fuzz;

/// <summary>Makes requests of documented payloads, each wrong in some ways of its own: in its structure, its bytes and its headers.</summary>
internal sealed class Mutator(Random chance)
{
    private const string Esc = "\u001b[31m";

    private static readonly IReadOnlyList<JsonText> s_seeds =
    [
        .. new[]
        {
            EventPayload.Created(), EventPayload.Restored(), EventPayload.Updated(), EventPayload.OtherField(), EventPayload.LinksAlone(), EventPayload.Push(), EventPayload.SeveralRefs(), EventPayload.Commit(),
            EventPayload.Test(EventPayload.Updated()), EventPayload.OldTest(), EventPayload.Foreign(), EventPayload.OfType("build.complete"), EventPayload.InPascalCase(EventPayload.Updated()),
            EventPayload.Sent(EventPayload.Updated(), "minimal", "1.0"), EventPayload.Sent(EventPayload.Push(), "none", "1.0"), EventPayload.Sent(EventPayload.Updated(), "all", "5.1-preview.3"),
        }.Select(payload => JsonText.Of(JsonElement.Parse(payload.ToJsonString()))),
    ];

    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "1e400", "-0.0", "123456789012345678901234567890", "1E-999999", "{}", "[]", "[[]]", "\"\"", "\" \"", "\"x\"",
        "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\r\\n\\u001b[31mfail\"", "\"Meridian\"", "\"\\\\\\\\\"", "\"Meridian\\\\Release 5\\\\Sprint 42\"", "\"\\\\Meridian\\\\Iteration\\\\Sprint\"",
        "\"00000000-0000-0000-0000-000000000000\"", "\"3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10\"", "\"0000000000000000000000000000000000000000\"", "\"refs/heads/\"", "\"refs/heads/release/1\"", "\"refs/tags/x\"",
        "\"workitem.created\"", "\"workitem.updated\"", "\"workitem.restored\"", "\"git.push\"", "\"WorkItem.Updated\"", "\"workitem.deleted\"", "\"0001-01-01T00:00:00\"", "\"http://127.0.0.1:1/\"",
        "NaN", "Infinity", "undefined", "'x'", "\"unterminated", "{\"a\":}", "[1,]", "/* comment */ 1", "\"\t\"",
    ];

    private static readonly string[] s_names =
        ["eventType", "EventType", "resource", "fields", "revision", "System.IterationPath", "System.TeamProject", "refUpdates", "name", "newValue", "subscriptionId", "", "\\ud800", "\\u0000", "a\\\"b", "__proto__", "ıd"];

    private static readonly string[] s_tracks =
        ["", "/orders", "/ORDERS", "/billing", "/nobody", "/broken", "/%0d%0aX-Forged:%201", "/%1b%5b31m", "/%ff%fe", "/%E2%80%AE", "/orders%20", "/" + new string('x', 2000), "/orders?code=a&code=b", "?code=%0d%0a", "/orders?%00"];

    private static readonly string[] s_types =
    [
        "application/json; charset=utf-8", "application/json", "APPLICATION/JSON; charset=\"UTF-8\"", "application/json;charset=utf-16", "application/json; charset=", "application/json;;", "text/json", "text/plain", "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded", "application/json, text/plain", "*/*", "json", "", ";", "application/json; charset=utf-8; charset=latin1", "application/vnd.api+json", "\u00e9/\u00e9",
    ];

    private static readonly string[] s_encodings = ["gzip", "br", "deflate", "identity", "gzip, identity", "", "x"];

    public byte[] Next()
    {
        var body = Damage(Encoding.UTF8.GetBytes(Payload()));
        var isChunked = Rarely(4);
        var head = new StringBuilder($"POST {RunningApp.Hook}{(Rarely(3) ? Any(s_tracks) : "/orders")}?code={RunningApp.FunctionKey} HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        head.Append($"Content-Type: {(Rarely(10) ? Any(s_types) : s_types[0])}\r\n");
        if (Credential() is { } credential)
        {
            head.Append($"Authorization: {credential}\r\n");
        }

        if (Rarely(20))
        {
            head.Append($"Content-Encoding: {Any(s_encodings)}\r\n");
        }

        for (var extra = chance.Next(3); Rarely(5) && extra > 0; extra--)
        {
            head.Append($"X-{(chance.Next(2) == 0 ? "VSS-SubscriptionId" : "Anything")}: {new string((char)chance.Next(0x20, 0x7f), chance.Next(500))}\r\n");
        }

        head.Append(isChunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n");
        byte[] start = Encoding.Latin1.GetBytes(head.ToString());
        return isChunked ? [.. start, .. Chunks(body)] : [.. start, .. body];
    }

    private string Payload()
    {
        var payload = Any(s_seeds).Copy();
        for (var changes = chance.Next(7); changes > 0; changes--)
        {
            Change(payload);
        }

        return payload.ToString();
    }

    private void Change(JsonText payload)
    {
        // What lies near the top decides more than what lies deep.
        var nodes = payload.All();
        var node = nodes[(int)(nodes.Count * Math.Pow(chance.NextDouble(), 2))];
        var at = node.Children.Count == 0 ? -1 : chance.Next(node.Children.Count);
        switch (chance.Next(11))
        {
            case 0 or 1:
                node.Become(JsonText.Raw(Any(s_values)));
                break;
            case 2 or 3 when at >= 0:
                node.Children.RemoveAt(at);
                break;
            case 4 when at >= 0:
                // The same name twice, the second with another value.
                node.Children.Insert(chance.Next(node.Children.Count + 1), (node.Children[at].Name, JsonText.Raw(Any(s_values))));
                break;
            case 5 when at >= 0 && node.IsObject:
                node.Children[at] = (Any(s_names), node.Children[at].Value);
                break;
            case 6:
                node.Become(nodes[chance.Next(nodes.Count)].Copy());
                break;
            case 7:
                Nest(node);
                break;
            case 8 when at >= 0 && nodes.Count < 1000:
                node.Children.AddRange(Enumerable.Repeat(node.Children[at], chance.Next(1, 50)));
                break;
            case 9:
                node.Become(JsonText.Raw($"\"{Text()}\""));
                break;
            default:
                node.Children.Add((node.IsObject ? Any(s_names) : "", JsonText.Raw(Any(s_values))));
                break;
        }
    }

    private void Nest(JsonText node)
    {
        for (var depth = Rarely(4) ? chance.Next(50, 300) : chance.Next(1, 5); depth > 0; depth--)
        {
            if (chance.Next(2) == 0)
            {
                node.WrapInArray();
            }
            else
            {
                node.WrapInObject(Any(s_names));
            }
        }
    }

    private string Text() => chance.Next(5) switch
    {
        0 => new string((char)chance.Next(0x20, 0xD7FF), chance.Next(1, Rarely(20) ? 20_000 : 40)),
        1 => $@"Meridian\\{new string('\\', 2 * chance.Next(20))}Release 5",
        2 => $"refs/heads/{Esc}release/{chance.Next()}",
        3 => $"\\u{chance.Next(0xD800, 0xE000):x4}\\u{chance.Next(0x10000):x4}",
        _ => string.Concat(Enumerable.Range(0, chance.Next(20)).Select(_ => (char)chance.Next(0x23, 0x7f))).Replace("\\", "", StringComparison.Ordinal),
    };

    private byte[] Damage(byte[] body)
    {
        if (Rarely(3000))
        {
            return [.. body, .. Enumerable.Repeat((byte)' ', ServiceHookReceiver.MaximumBytes + chance.Next(-10_000, 10_000))];
        }

        return Rarely(5)
            ? chance.Next(10) switch
            {
                0 => body[..chance.Next(body.Length)],
                1 => [0xEF, 0xBB, 0xBF, .. body],
                2 => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(body))],
                3 => Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(body)),
                4 => Flip(body),
                5 => Insert(body, 0xC3, 0x28),
                6 => Insert(body, 0xED, 0xA0, 0x80),
                7 => [.. body, .. body],
                8 => Compress(body),
                _ => [],
            }
            : body;
    }

    private byte[] Flip(byte[] body)
    {
        for (var times = chance.Next(1, 10); times > 0 && body.Length > 0; times--)
        {
            body[chance.Next(body.Length)] = (byte)chance.Next(256);
        }

        return body;
    }

    private byte[] Insert(byte[] body, params byte[] bytes)
    {
        var at = chance.Next(body.Length);
        return [.. body[..at], .. bytes, .. body[at..]];
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress))
        {
            gzip.Write(body);
        }

        return compressed.ToArray();
    }

    private List<byte> Chunks(byte[] body)
    {
        var chunks = new List<byte>();
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(body.Length - at, chance.Next(1, 5000));
            chunks.AddRange(Encoding.ASCII.GetBytes($"{length:x}\r\n"));
            chunks.AddRange(body[at..(at + length)]);
            chunks.AddRange("\r\n"u8);
            at += length;
        }

        chunks.AddRange("0\r\n\r\n"u8);
        return chunks;
    }

    private string? Credential() => !Rarely(7) ? HookCredential.Right.ToString() : chance.Next(7) switch
    {
        0 => null,
        1 => HookCredential.Of("azure-devops", "wrong").ToString(),
        2 => "Basic",
        3 => $"Basic {new string('=', chance.Next(50))}",
        4 => $"Bearer {HookCredential.Right.Parameter}",
        5 => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('a', chance.Next(3000))))}",
        _ => $"{HookCredential.Right}\r\nAuthorization: {HookCredential.Right}",
    };

    private bool Rarely(int oneIn) => chance.Next(oneIn) == 0;

    private T Any<T>(IReadOnlyList<T> of) => of[chance.Next(of.Count)];
}
