namespace CodeEmbed.Onnx.Sessions;

/// <summary>Where the engine is.</summary>
internal static class EngineFolder
{
    /// <summary>The folder of this assembly, or of the program if the assembly is part of a single-file program.</summary>
    public static string Path { get; } = typeof(EngineFolder).Assembly.Location is { Length: > 0 } file
        ? System.IO.Path.GetDirectoryName(file)!
        : AppContext.BaseDirectory;
}
