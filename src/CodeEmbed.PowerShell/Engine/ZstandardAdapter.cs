using CodeEmbed.Jsonl.Input;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>The adapter for Zstandard. It is loaded when a file needs it.</summary>
internal static class ZstandardAdapter
{
    private static readonly Adapter Codec = new("zstandard", "CodeEmbed.Zstandard");

    /// <summary>The adapter for a file; <see langword="null"/> unless its name ends in <c>.zst</c>.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="FileNotFoundException">The module's folder is not complete.</exception>
    public static IZstandard? For(string file) =>
        CompressedFormat.Of(file) == CompressedFormat.Zstandard ? Codec.Make<IZstandard>("ZstandardCodec") : null;
}
