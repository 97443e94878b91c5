namespace Shop.Web;

/// <summary>Reads a secret again after each interval. When that fails, the application keeps the last value.</summary>
public sealed partial class KeyVaultSecretRefresh(KeyVaultSecretConfiguration secret, TimeSpan interval, TimeProvider time, ILogger<KeyVaultSecretRefresh> logger)
    : BackgroundService
{
    private readonly PeriodicTimer _timer = new(interval, time);

    public override void Dispose()
    {
        _timer.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await secret.RefreshAsync(stoppingToken))
                {
                    LogChanged(secret);
                }
            }
            // Whatever it was, the next try may succeed, and the application has a value until then.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogKept(secret, KeyVaultSecretConfiguration.Reason(failure), interval);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Secret} has changed. The application uses the new value.")]
    private partial void LogChanged(KeyVaultSecretConfiguration secret);

    [LoggerMessage(2, LogLevel.Warning, "{Secret} could not be read again. {Reason} The application keeps the value that it has, and tries again in {Interval}.")]
    private partial void LogKept(KeyVaultSecretConfiguration secret, string reason, TimeSpan interval);
}
