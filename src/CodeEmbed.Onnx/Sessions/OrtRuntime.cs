using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>ONNX Runtime itself, once per process.</summary>
internal static partial class OrtRuntime
{
    // Kept alive here because native code calls it until the process ends.
    private static readonly DOrtLoggingFunction Log = WriteLog;

    private static readonly Lazy<OrtEnv> Instance = new(Create);

    /// <summary>The environment; created on first use.</summary>
    /// <exception cref="ModelFormatException">There is no native library for this platform.</exception>
    public static OrtEnv Environment
    {
        get
        {
            try
            {
                return Instance.Value;
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
                or TypeInitializationException)
            {
                throw new ModelFormatException(DescribeFailure(e), e);
            }
        }
    }

    /// <summary>Its name and version.</summary>
    /// <exception cref="ModelFormatException">There is no native library for this platform.</exception>
    public static string Name => $"ONNX Runtime {Environment.GetVersionString()}";

    private static string DescribeFailure(Exception e)
    {
        string platform = RuntimeInformation.RuntimeIdentifier;
        string[] platforms = [.. Platforms()];
        string reason = platforms.Contains(platform)
            ? e.GetBaseException().Message.ReplaceLineEndings(" ")
            : "this build has no library for it.";
        string available = platforms.Length == 0 ? "no platform" : string.Join(", ", platforms);
        return $"ONNX Runtime cannot be started on {platform}: {reason} This build has libraries for {available}.";
    }

    private static OrtEnv Create()
    {
        DisableTelemetry();
        if (CudaModule.OfThisMachine?.Folder is { } folder)
            TakeLibraryFrom(folder);

        var options = new EnvironmentCreationOptions
        {
            logId = "CodeEmbed",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = Log,
        };
        OrtEnv environment = OrtEnv.CreateInstanceWithOptions(ref options);
        environment.DisableTelemetryEvents();
        return environment;
    }

    /// <summary>
    ///   ONNX Runtime would keep an id of the machine and a database in the user's cache and send usage data to Microsoft.
    ///   Calling its functions is too late to prevent that, so an environment variable is set before it is loaded.
    /// </summary>
    private static void DisableTelemetry()
    {
        const string Name = "ORT_DISABLE_TELEMETRY";
        System.Environment.SetEnvironmentVariable(Name, "1");

        // On other systems .NET changes a copy of the environment that native code does not see.
        if (!OperatingSystem.IsWindows())
            _ = SetNativeVariable(Name, "1", overwrite: 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);

    /// <summary>
    ///   Makes the process load ONNX Runtime from a folder; or from its usual place if that fails.
    /// </summary>
    private static void TakeLibraryFrom(string folder)
    {
        // An assembly has only one resolver. The one that ONNX Runtime's assembly would set looks only in the usual places.
        OrtEnv.DisableDllImportResolver = true;
        string path = Path.Combine(folder, CudaModule.RuntimeLibrary);
        NativeLibrary.SetDllImportResolver(typeof(OrtEnv).Assembly, (name, _, _) =>
            name == "onnxruntime" && NativeLibrary.TryLoad(path, out nint library) ? library : 0);
    }

    /// <summary>Receives ONNX Runtime's log messages, which it would otherwise write to the user's screen.</summary>
    private static void WriteLog(
        IntPtr parameter, OrtLoggingLevel severity, string category, string logId, string codeLocation, string message) =>
        Trace.WriteLine($"{severity}: {message} ({codeLocation})", "ONNX Runtime");

    /// <summary>The platforms that have a folder of libraries next to this assembly.</summary>
    private static IEnumerable<string> Platforms()
    {
        string runtimes = Path.Combine(EngineFolder.Path, "runtimes");
        return Directory.Exists(runtimes)
            ? Directory.GetDirectories(runtimes).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
            : [];
    }
}
