using System.Text;
using System.Text.Json;
using CodeEmbed.Jsonl.Input;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Output;

/// <summary>The last line of a file that lines will be added to.</summary>
/// <param name="Text">The line, without its end; empty for a file of no lines.</param>
/// <param name="IsEnded">Whether the line has an end, or the file has no lines.</param>
internal sealed record LastLine(ReadOnlyMemory<byte> Text, bool IsEnded)
{
    private const int BlockLength = 64 * 1024;

    /// <summary>Finds the last line of a file, from the file's end.</summary>
    /// <exception cref="IOException">The line is too long, or the file cannot be read.</exception>
    public static LastLine Of(FileStream file)
    {
        byte[] tail = [];
        for (int length = BlockLength; ; length *= 2)
        {
            length = (int)Math.Min(length, file.Length);
            tail = new byte[length];
            file.Seek(-length, SeekOrigin.End);
            file.ReadExactly(tail);

            int start = tail.AsSpan().TrimEnd("\r\n"u8).LastIndexOf((byte)'\n') + 1;
            if (start == 0 && length == file.Length && tail.AsSpan().StartsWith(Encoding.UTF8.Preamble))
                start = Encoding.UTF8.Preamble.Length;

            if (start > 0 || length == file.Length)
                return new LastLine(TrimEnd(tail.AsMemory(start)), length == 0 || tail[^1] == '\n');

            if (length > 2L * RecordSchema.MaxLineLength)
                throw new IOException("its last line is too long to be one of an embedding. Write to another file.");
        }
    }

    /// <summary>Finds the last line of compressed data by reading all of it.</summary>
    /// <exception cref="InvalidDataException">The data is damaged or cut short.</exception>
    /// <exception cref="InvalidInputException">A line is too long.</exception>
    public static async ValueTask<LastLine> OfCompressedAsync(
        Stream decompressed, string path, CancellationToken cancellationToken)
    {
        var lines = new Utf8LineReader(decompressed, path);
        ReadOnlyMemory<byte> last = default;
        while (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (lines.Line.Length > 0)
                last = lines.Line.ToArray();
        }

        return new LastLine(last, lines.LineIsEnded);
    }

    /// <summary>Checks that the line is whole.</summary>
    /// <exception cref="IOException">It is not JSON.</exception>
    public void RequireWhole()
    {
        if (!Text.IsEmpty)
            FindFingerprint();
    }

    /// <summary>The fingerprint of the embedding in the line; <see langword="null"/> for a file of no lines.</summary>
    /// <exception cref="IOException">The line is not an embedding.</exception>
    public string? ReadFingerprint()
    {
        if (Text.IsEmpty)
            return null;

        return FindFingerprint()
            ?? throw new OutputException(
                OutputProblem.NotComparable, "its last line is not an embedding: it has no fingerprint.");
    }

    /// <summary>
    ///   The fingerprint in the line, which holds one value or nothing; as everywhere, the last one counts if the name occurs
    ///   twice.
    /// </summary>
    private string? FindFingerprint()
    {
        string? fingerprint = null;
        try
        {
            var reader = new Utf8JsonReader(Text.Span, new JsonReaderOptions { MaxDepth = RecordSchema.MaxDepth });
            bool afterVector = false;
            while (reader.Read())
            {
                if (
                    reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName
                        || RecordSchema.Identify(in reader, ref afterVector) != SnippetFields.Output)
                    continue;

                bool isFingerprint = JsonStrings.Read(in reader) == RecordSchema.Fingerprint;
                reader.Read();
                if (isFingerprint)
                    fingerprint = reader.TokenType == JsonTokenType.String ? JsonStrings.Read(in reader) : null;
            }
        }
        catch (JsonException e)
        {
            throw new IOException(
                "its last line is not JSON: a run that added to it may have been killed. Take that line out, or write to another "
                + "file.", e);
        }

        return fingerprint;
    }

    private static ReadOnlyMemory<byte> TrimEnd(ReadOnlyMemory<byte> line) => line[..line.Span.TrimEnd("\r\n"u8).Length];
}
