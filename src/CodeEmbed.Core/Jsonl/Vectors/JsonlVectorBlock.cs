using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Numbers;
using CodeEmbed.Numpy;
using CodeEmbed.Runs;
using CodeEmbed.Search;

namespace CodeEmbed.Jsonl.Vectors;

/// <summary>The vectors of some lines of a file.</summary>
internal sealed class JsonlVectorBlock : VectorBlock, IDisposable
{
    private static readonly byte[] ByteOrderMark = [.. "\uFEFF"u8];

    private readonly LineBlock _lines;
    private readonly JsonlVersion _file;
    private readonly VectorOrigin _origin;
    private readonly List<ReadVector> _read = [];
    private readonly List<RejectedRecord> _rejected = [];
    private readonly NumpyVectors? _beside;
    private readonly string _besideVersion = string.Empty;
    private float[] _vectors;

    /// <summary>Reads the lines.</summary>
    /// <param name="lines">The lines; they are disposed with this block.</param>
    /// <param name="file">The file that they are from.</param>
    /// <param name="origin">The model that made the vectors of the source.</param>
    /// <param name="fraction">How much of the source has been read once they are.</param>
    /// <param name="beside">The vectors, if they are in a separate file, which is mapped.</param>
    public JsonlVectorBlock(
        LineBlock lines, JsonlVersion file, VectorOrigin origin, double? fraction, NumpyVectors? beside = null)
    {
        _beside = beside;
        _besideVersion = beside?.Version ?? string.Empty;
        _lines = lines;
        _file = file;
        _origin = origin;
        Fraction = fraction;
        _vectors = ArrayPool<float>.Shared.Rent(origin.Dimensions);
        LastLine = lines.IsTooLong ? lines.FirstLine : lines.FirstLine - 1;
        if (lines.IsTooLong)
            Reject(TooLong(lines.FirstLine), PlaceOf(lines.FirstLine), default);
        else if (lines.Problem is { } problem)
            Reject(problem, problem.Place, default);
        else
            ReadLines();
    }

    /// <inheritdoc/>
    public override int Count => _read.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<RejectedRecord> Rejected => _rejected;

    /// <inheritdoc/>
    public override double? Fraction { get; }

    /// <summary>The number of the last line; in an empty block, the number of the line before it.</summary>
    public long LastLine { get; private set; }

    /// <summary>
    ///   The first embedding from another model than the source's; <see langword="null"/> if all are from the source's model.
    /// </summary>
    public (string ModelName, string Fingerprint, SnippetSource Place)? Stranger { get; private set; }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> VectorAt(int index) => _beside is null
        ? _vectors.AsSpan(index * _origin.Dimensions, _origin.Dimensions)
        : _beside.At(_read[index].Line - 1);

    /// <inheritdoc/>
    public override string LanguageAt(int index) => _read[index].Snippet?.Language ?? ReadString(_read[index].Language);

    /// <inheritdoc/>
    public override string FilePathAt(int index) => _read[index].Snippet?.FilePath ?? ReadString(_read[index].FilePath);

    /// <inheritdoc/>
    public override VectorRecord RecordAt(int index)
    {
        ReadVector read = _read[index];
        return new JsonlLine(
            _lines.Bytes.Span.Slice(read.Start, read.Length).ToArray(), PlaceOf(read.Line), CopyBeside(read.Line));
    }

    /// <inheritdoc/>
    public override VectorRecord ReferenceAt(int index)
    {
        ReadVector read = _read[index];
        long start = _lines.Start + read.Start;
        return _beside is null
            ? new JsonlReference(_file, read.Line, start, read.Length)
            : new NumpyReference(PlaceOf(read.Line), _file, start, read.Length, _beside.Path, _besideVersion);
    }

    /// <summary>Returns the memory of the lines and of the vectors.</summary>
    public void Dispose()
    {
        _lines.Dispose();
        if (_vectors.Length > 0)
            ArrayPool<float>.Shared.Return(_vectors);

        _vectors = [];
    }

    // A first question runs it a hundred thousand times, and ends before .NET would have seen that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadLines()
    {
        ReadOnlySpan<byte> bytes = _lines.Bytes.Span;
        bool isUtf8 = Utf8.IsValid(bytes);
        int start = 0;
        for (long number = _lines.FirstLine; start < bytes.Length; number++)
        {
            int length = bytes[start..].IndexOf((byte)'\n');
            int end = length < 0 ? bytes.Length : start + length;
            Range line = Trim(bytes, start, end);
            LastLine = number;

            // Each line is the record of one vector; surplus lines are reported when all have been counted.
            if (_beside is null ? !bytes[line].IsEmpty : number <= _beside.Rows)
                ReadLine(line, number, isUtf8);

            start = end + 1;
        }
    }

    /// <summary>A line without white space and NULs around it, and without a byte order mark before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Range Trim(ReadOnlySpan<byte> bytes, int start, int end)
    {
        while (start < end && bytes[start] == 0)
            start++;

        if (bytes[start..end].StartsWith(ByteOrderMark))
            start += ByteOrderMark.Length;

        while (start < end && bytes[end - 1] is 0 or (byte)' ' or (byte)'\t' or (byte)'\r')
            end--;

        return start..end;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadLine(Range range, long number, bool isUtf8)
    {
        ReadOnlySpan<byte> bytes = _lines.Bytes.Span;
        (int start, int length) = range.GetOffsetAndLength(bytes.Length);
        ReadOnlySpan<byte> line = bytes.Slice(start, length);
        var reader = new VectorLine(line);
        if (length <= RecordSchema.MaxLineLength && isUtf8 && TryRead(ref reader, number) && IsOfOrigin(line[reader.Fingerprint]))
        {
            _read.Add(new ReadVector(start, length, number, Shift(reader.Language, start), Shift(reader.FilePath, start)));
            return;
        }

        ReadSlowly(line.ToArray(), start, number);
    }

    private bool TryRead(ref VectorLine line, long number)
    {
        if (_beside is not null)
            return line.TryReadWithoutVector() && FiniteNumbers.AreAll(_beside.At(number - 1));

        MakeRoom();
        return line.TryRead(_vectors.AsSpan(_read.Count * _origin.Dimensions, _origin.Dimensions));
    }

    private float[]? CopyBeside(long line) => _beside?.At(line - 1).ToArray();

    private bool IsOfOrigin(ReadOnlySpan<byte> fingerprint) =>
        fingerprint.Length == _origin.Fingerprint.Length + 2
        && System.Text.Ascii.Equals(fingerprint[1..^1], _origin.Fingerprint);

    private static Range Shift(Range range, int start) => (range.Start.Value + start)..(range.End.Value + start);

    /// <summary>Reads a line that is unusual or wrong, and says what is wrong.</summary>
    private void ReadSlowly(byte[] line, int start, long number)
    {
        SnippetSource place = PlaceOf(number);
        try
        {
            if (line.Length > RecordSchema.MaxLineLength)
                throw TooLong(number);

            CodeEmbedding embedding = EmbeddingRecordParser.Parse(line, new RecordPlace(place), CopyBeside(number));
            if (embedding.Fingerprint != _origin.Fingerprint)
            {
                Stranger ??= (embedding.ModelName, embedding.Fingerprint, place);
                return;
            }

            if (embedding.Vector.Length != _origin.Dimensions)
            {
                throw new SnippetValidationException(
                    RecordSchema.Vector,
                    $"has {embedding.Vector.Length} numbers, and that of the first record has {_origin.Dimensions}",
                    place,
                    embedding.Id);
            }

            if (_beside is null)
            {
                MakeRoom();
                embedding.Vector.CopyTo(_vectors.AsSpan(_read.Count * _origin.Dimensions));
            }

            _read.Add(new ReadVector(start, line.Length, number, default, default, embedding.Snippet));
        }
        catch (CodeEmbedException e)
        {
            Reject(e, place, line);
        }
    }

    private void MakeRoom()
    {
        int needed = (_read.Count + 1) * _origin.Dimensions;
        if (needed <= _vectors.Length)
            return;

        float[] larger = ArrayPool<float>.Shared.Rent(2 * needed);
        _vectors.AsSpan(0, _read.Count * _origin.Dimensions).CopyTo(larger);
        ArrayPool<float>.Shared.Return(_vectors);
        _vectors = larger;
    }

    private void Reject(CodeEmbedException reason, SnippetSource place, byte[]? line) =>
        _rejected.Add(new RejectedRecord(reason, place, (reason as SnippetValidationException)?.SnippetId, line));

    private InvalidInputException TooLong(long number) => new(
        PlaceOf(number), $"the line is longer than {RecordSchema.MaxLineLength / (1024 * 1024)} MiB.");

    private SnippetSource PlaceOf(long line) => new(_file.Path, line);

    private string ReadString(Range range)
    {
        var reader = new Utf8JsonReader(_lines.Bytes.Span[range]);
        reader.Read();
        return JsonStrings.Read(in reader);
    }

    private readonly record struct ReadVector(
        int Start, int Length, long Line, Range Language, Range FilePath, CodeSnippet? Snippet = null);
}
