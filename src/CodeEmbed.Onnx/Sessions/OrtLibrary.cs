using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Sessions;

/// <summary>Checks the version of ONNX Runtime's own library before it is used, because others are not compatible.</summary>
internal static unsafe class OrtLibrary
{
    /// <summary>The version that the engine is made for.</summary>
    public static string NeededVersion { get; } =
        typeof(OrtEnv).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? string.Empty;

    /// <summary>The version of a library; <see langword="null"/> if it cannot be loaded or is not ONNX Runtime.</summary>
    /// <param name="path">The library.</param>
    public static string? ReadVersion(string path)
    {
        if (!NativeLibrary.TryLoad(path, out nint library))
            return null;

        try
        {
            // OrtApiBase in onnxruntime_c_api.h: GetApi, and then GetVersionString.
            if (!NativeLibrary.TryGetExport(library, "OrtGetApiBase", out nint getBase))
                return null;

            nint* table = ((delegate* unmanaged<nint*>)getBase)();
            return Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)table[1])());
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
