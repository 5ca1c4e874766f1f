using CodeEmbed.Jsonl.Input;

namespace CodeEmbed.PowerShell.Engine;

/// <summary>What knows Zstandard. It is loaded when a file needs it.</summary>
internal static class ZstandardAdapter
{
    private static readonly Lazy<IZstandard> Loaded = new(Load);

    /// <summary>What a file needs: nothing, unless its name ends in <c>.zst</c>.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="IOException">The module's folder is not complete.</exception>
    public static IZstandard? For(string file) => CompressedFormat.Of(file) == CompressedFormat.Zstandard ? Loaded.Value : null;

    private static IZstandard Load()
    {
        try
        {
            Type type = AdapterLoadContext.LoadAdapter("zstandard", "CodeEmbed.Zstandard")
                .GetType("CodeEmbed.Zstandard.ZstandardCodec", throwOnError: true)!;
            return (IZstandard)Activator.CreateInstance(type)!;
        }
        catch (Exception e) when (
            e is FileNotFoundException or FileLoadException or BadImageFormatException or InvalidOperationException)
        {
            throw new IOException($"the module in '{LoadedModule.Folder}' is not complete. Install it again.", e);
        }
    }
}
