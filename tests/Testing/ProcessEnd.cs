using System.Diagnostics;

namespace IterationBranches.Testing;

public static class ProcessEnd
{
    /// <summary>Waits for the end of a process and for all that it prints. One that does not end is killed.</summary>
    /// <param name="process">Both of its outputs are redirected.</param>
    /// <param name="input">All that it can read; null: its input is not redirected.</param>
    public static async Task<(int ExitCode, string Output, string Errors)> EndAsync(this Process process, string? input = null)
    {
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input).WaitAsync(Bound.Long);
                process.StandardInput.Close();
            }

            await Task.WhenAll(process.WaitForExitAsync(), output, errors).WaitAsync(Bound.Long);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output, await errors);
    }
}
