using System.IO.Compression;

namespace CodeEmbed.Jsonl.Input;

/// <summary>A format that files are compressed in. A file's name shows its format.</summary>
internal sealed class CompressedFormat
{
    private readonly Func<ReadOnlyMemory<byte>, bool> _isStart;
    private readonly Func<Stream, IZstandard?, Stream> _decompress, _compress;

    private CompressedFormat(
        string ending,
        string name,
        string program,
        Func<ReadOnlyMemory<byte>, bool> isStart,
        Func<Stream, IZstandard?, Stream> decompress,
        Func<Stream, IZstandard?, Stream> compress)
    {
        Ending = ending;
        Name = name;
        Program = program;
        _isStart = isStart;
        _decompress = decompress;
        _compress = compress;
    }

    /// <summary>gzip: RFC 1952.</summary>
    public static CompressedFormat Gzip { get; } = new(
        ".gz",
        "gzip data",
        "gunzip",
        start => start.Span is [0x1F, 0x8B, ..],
        (file, _) => new GzipInput(file),
        (file, _) => new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true));

    /// <summary>Zstandard: RFC 8878. A file may also start with a frame that is skipped.</summary>
    public static CompressedFormat Zstandard { get; } = new(
        ".zst",
        "Zstandard data",
        "zstd -d",
        start => start.Span is [0x28, 0xB5, 0x2F, 0xFD, ..] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..],
        (file, zstandard) => Require(zstandard).Decompress(file),
        (file, zstandard) => Require(zstandard).Compress(file));

    /// <summary>How the names of such files end.</summary>
    public string Ending { get; }

    /// <summary>What such a file holds, such as <c>gzip data</c>.</summary>
    public string Name { get; }

    /// <summary>The program that decompresses such a file.</summary>
    public string Program { get; }

    /// <summary>The format that a file has by its name, or <see langword="null"/> if it is not compressed.</summary>
    public static CompressedFormat? Of(string path) => Array.Find(
        [Gzip, Zstandard], format => path.EndsWith(format.Ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>The format that a file has by its first bytes, or <see langword="null"/>.</summary>
    public static CompressedFormat? Recognize(ReadOnlyMemory<byte> start) =>
        Array.Find([Gzip, Zstandard], format => format.IsStart(start));

    /// <summary>Whether these are the first bytes of such a file.</summary>
    public bool IsStart(ReadOnlyMemory<byte> start) => _isStart(start);

    /// <summary>Starts to decompress a file, which is disposed with the stream that is returned.</summary>
    /// <param name="file">The file.</param>
    /// <param name="zstandard">The adapter for Zstandard, if there is one.</param>
    /// <exception cref="NotSupportedException">The format is Zstandard, and there is no adapter for it.</exception>
    public Stream Decompress(Stream file, IZstandard? zstandard) => _decompress(file, zstandard);

    /// <summary>Starts to compress to a file, which stays open.</summary>
    /// <param name="file">The file.</param>
    /// <param name="zstandard">The adapter for Zstandard, if there is one.</param>
    /// <exception cref="NotSupportedException">The format is Zstandard, and there is no adapter for it.</exception>
    public Stream Compress(Stream file, IZstandard? zstandard) => _compress(file, zstandard);

    /// <summary>Ensures that the adapter a format needs is there, before it is used.</summary>
    /// <exception cref="NotSupportedException">The format is Zstandard, and there is no adapter for it.</exception>
    public void RequireAvailable(IZstandard? zstandard)
    {
        if (this == Zstandard)
            Require(zstandard);
    }

    private static IZstandard Require(IZstandard? zstandard) => zstandard ?? throw new NotSupportedException(
        "its name ends in .zst, and no adapter for Zstandard was given. Use CodeEmbed.Zstandard.");
}
