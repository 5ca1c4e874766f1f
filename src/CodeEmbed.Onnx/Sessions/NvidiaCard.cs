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
    /// <param name="program">The full path of the program; <see langword="null"/> if it is not found.</param>
    /// <param name="visible">The value of CUDA_VISIBLE_DEVICES.</param>
    /// <param name="patience">How long the program may take; by default 10 seconds.</param>
    public static NvidiaCard? Read(
        out string problem, string? program, string? visible = null, TimeSpan? patience = null)
    {
        problem = $"{Program} is not found";
        if (program is null || !Path.IsPathFullyQualified(program))
            return null;

        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--query-gpu=name,driver_version,memory.total");
        start.ArgumentList.Add("--format=csv,noheader,nounits");
        if (visible?.Split(',')[0].Trim() is { Length: > 0 } first)
            start.ArgumentList.Add($"--id={first}");

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return null;
        }

        using (process)
        {
            if (ReadAnswer(process, patience ?? Patience) is not { } answer)
            {
                problem = $"{Program} does not answer";
                return null;
            }

            NvidiaCard? card = process.ExitCode == 0 ? Parse(answer) : null;
            problem = card is null ? $"{Program} does not name it" : string.Empty;
            return card;
        }
    }

    /// <summary>Finds the driver's program; <see langword="null"/> if it is not there.</summary>
    /// <remarks>
    ///   The system looks for a bare name in the current folder first, and that may be a folder with someone else's files.
    /// </remarks>
    /// <param name="path">The value of PATH. Its entries that are not full paths are ignored.</param>
    public static string? FindProgram(string? path)
    {
        string[] folders = CudaModule.FoldersOf(path);
        return OperatingSystem.IsWindows()
            ? folders.Prepend(Environment.SystemDirectory)
                .Select(folder => Path.Combine(folder, $"{Program}.exe")).FirstOrDefault(File.Exists)
            : folders.Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
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

    /// <summary>What the program writes; <see langword="null"/> if it does not end in time, or cannot be read.</summary>
    private static string? ReadAnswer(Process process, TimeSpan patience)
    {
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            if (process.WaitForExit(patience) && output.Wait(patience))
                return output.Result;

            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is AggregateException or Win32Exception or InvalidOperationException)
        {
            // Its output cannot be read, or it cannot be killed: either way there is no answer.
        }

        return null;
    }
}
