using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>A card's data from NVIDIA's driver.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Driver">The version of the driver.</param>
/// <param name="MemoryMebibytes">How much memory it has, in MiB.</param>
internal sealed record NvidiaCard(string Name, string Driver, long MemoryMebibytes)
{
    private const string Program = "nvidia-smi";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Describes the card.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name}, {MemoryMebibytes / 1024.0:F1} GiB, driver {Driver}");

    /// <summary>Asks the driver's program for the first card that this process sees.</summary>
    /// <param name="problem">Why the card is not known, as a clause; otherwise empty.</param>
    /// <param name="program">The program.</param>
    /// <param name="visible">The value of CUDA_VISIBLE_DEVICES.</param>
    public static NvidiaCard? Read(out string problem, string program = Program, string? visible = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--query-gpu=name,driver_version,memory.total");
        start.ArgumentList.Add("--format=csv,noheader,nounits");
        if (visible?.Split(',')[0].Trim() is { Length: > 0 } first)
            start.ArgumentList.Add($"--id={first}");

        problem = string.Empty;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience) || !output.Wait(Patience))
            {
                process.Kill(entireProcessTree: true);
                problem = $"{Program} does not answer";
                return null;
            }

            if (process.ExitCode == 0 && Parse(output.Result) is { } card)
                return card;

            problem = $"{Program} does not name it";
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            problem = $"{Program} is not found";
        }

        return null;
    }

    /// <summary>Reads the first line of the program's answer; <see langword="null"/> if it has another form.</summary>
    public static NvidiaCard? Parse(string answer)
    {
        string[] parts = [.. answer.Split('\n')[0].Split(',').Select(part => part.Trim())];
        return parts is [{ Length: > 0 } name, { Length: > 0 } driver, var memory]
            && long.TryParse(memory, NumberStyles.None, CultureInfo.InvariantCulture, out long mebibytes)
                ? new NvidiaCard(name, driver, mebibytes)
                : null;
    }
}
