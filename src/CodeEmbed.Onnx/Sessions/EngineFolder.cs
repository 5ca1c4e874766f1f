namespace CodeEmbed.Onnx.Sessions;

/// <summary>Where the engine is.</summary>
internal static class EngineFolder
{
    /// <summary>The folder of this assembly; that of the program, where the assembly is a part of a single file.</summary>
    public static string Path { get; } = typeof(EngineFolder).Assembly.Location is { Length: > 0 } file
        ? System.IO.Path.GetDirectoryName(file)!
        : AppContext.BaseDirectory;
}
