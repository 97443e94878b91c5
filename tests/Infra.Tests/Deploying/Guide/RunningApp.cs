using System.IO.Compression;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.AspNetCore.Http;
using Host = IterationBranches.Sandbox.FunctionsHost.FunctionsHost;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>A package that was deployed, under the stand-in host; before it, the front end of App Service.</summary>
internal sealed class RunningApp : IAppFront, IAsyncDisposable
{
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    private readonly string _folder;

    private RunningApp(string folder, Host host) => (_folder, Host) = (folder, host);

    public Host Host { get; }

    public string MasterKey => Host.MasterKey;

    public string FunctionKey => Host.FunctionKey;

    /// <param name="keys">Of the app that this one replaces: keys are kept in the storage account.</param>
    public static async Task<RunningApp> StartAsync(string package, IReadOnlyDictionary<string, string> settings, IAppFront? keys, Action<HostEvent> events)
    {
        var folder = Directory.CreateTempSubdirectory("deployed-").FullName;
        await ZipFile.ExtractToDirectoryAsync(package, folder);
        var host = new Host(
            new FunctionsHostOptions
            {
                AppDirectory = folder,
                Settings = settings,
                RunTimers = false,
                FunctionKey = keys?.FunctionKey,
                MasterKey = keys?.MasterKey,
                OnEvent = events,
            },
            TimeProvider.System);
        await host.StartAsync();
        return new(folder, host);
    }

    public async Task ServeAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(Host.Address, context.Request.Path + context.Request.QueryString));
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key != "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value.ToArray());
            }
        }

        using var response = await s_http.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(TimeSpan.FromSeconds(1));
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
