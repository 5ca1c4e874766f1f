using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using CodeEmbed.Jsonl.Lines;
using CodeEmbed.Jsonl.Records;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Stores;

/// <summary>
///   A safetensors file: the length of the header in 8 bytes, the JSON header, which says where each tensor is, and the
///   tensors.
/// </summary>
/// <remarks>
///   The tensors are <c>offsets</c> (I64, rows and one more: where each record starts, and where the last one ends),
///   <c>vectors</c> (F32, rows by dimensions) and <c>records</c> (U8: the records without the vectors, as JSON Lines).
/// </remarks>
internal sealed class SafetensorsFile : IDisposable
{
    private const string Vectors = "vectors", Records = "records", Offsets = "offsets", Metadata = "__metadata__";

    /// <summary>The limit in the reference implementation.</summary>
    private const long MaxHeaderLength = 100_000_000;

    /// <summary>The alignment of a tensor of 8-byte numbers.</summary>
    private const int Alignment = 8;

    /// <summary>More rows than a file has: the header leaves room for this number.</summary>
    private const long MostBytes = 1_000_000_000_000_000_000;

    private const int BlockLength = 1024 * 1024;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _rows, _vectors, _records, _recordsLength, _offsets;

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="InvalidDataException">It is not such a file, or is cut short.</exception>
    public SafetensorsFile(string path)
    {
        _path = path;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            long length = RandomAccess.GetLength(_file), headerLength = ReadHeaderLength(length);
            byte[] text = new byte[headerLength];
            Read(text, sizeof(long));
            using JsonDocument header = Parse(text);
            Header = StoreHeader.Read(name => Find(header.RootElement, name), $"the '{Metadata}' of its header");
            (long start, long available) = (sizeof(long) + headerLength, length - sizeof(long) - headerLength);
            Tensor vectors = Tensor.Find(header.RootElement, Vectors, "F32", sizeof(float), 2, available);
            Tensor records = Tensor.Find(header.RootElement, Records, "U8", sizeof(byte), 1, available);
            Tensor offsets = Tensor.Find(header.RootElement, Offsets, "I64", sizeof(long), 1, available);
            Header = Header with { Rows = vectors.Shape[0] };
            if (vectors.Shape[1] != Header.Dimensions || offsets.Shape[0] != vectors.Shape[0] + 1)
                throw Damaged("the shapes of its tensors do not match");

            if (Math.Max(Math.Max(vectors.End, records.End), offsets.End) != available)
                throw Damaged("there is data after its tensors");

            _rows = vectors.Shape[0];
            (_vectors, _records, _offsets) = (start + vectors.Start, start + records.Start, start + offsets.Start);
            _recordsLength = records.Shape[0];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>What its rows have in common.</summary>
    public EmbeddingStoreHeader Header { get; }

    /// <summary>Reads the rows of a file.</summary>
    /// <exception cref="InvalidDataException">It is not such a file, or is damaged.</exception>
    public static IEnumerable<EmbeddingRow> Read(string path, CancellationToken cancellationToken)
    {
        using var file = new SafetensorsFile(path);
        byte[] offsets = new byte[BlockLength], record = [];
        long position = 0, end = 0;
        for (long row = 0; row <= file._rows; row++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int inBlock = (int)(row % (BlockLength / sizeof(long))) * sizeof(long);
            if (inBlock == 0)
            {
                long left = (file._rows + 1 - row) * sizeof(long);
                file.Read(offsets.AsSpan(0, (int)Math.Min(left, BlockLength)), file._offsets + (row * sizeof(long)));
            }

            end = BinaryPrimitives.ReadInt64LittleEndian(offsets.AsSpan(inBlock));
            if (end < position || end > file._recordsLength || end - position > RecordSchema.MaxLineLength
                || (row == 0 && end != 0))
            {
                throw Damaged($"its tensor '{Offsets}' does not say where the records are");
            }

            if (row == 0)
                continue;

            if (record.Length < end - position)
                record = new byte[Math.Max(2 * record.Length, (int)(end - position))];

            Memory<byte> line = record.AsMemory(0, (int)(end - position));
            file.Read(line.Span, file._records + position);
            float[] vector = new float[file.Header.Dimensions];
            Span<byte> bytes = MemoryMarshal.AsBytes(vector.AsSpan());
            file.Read(bytes, file._vectors + ((row - 1) * bytes.Length));
            position = end;
            yield return Parse(line, VectorCheck.RequireFinite(vector));
        }
    }

    private static EmbeddingRow Parse(ReadOnlyMemory<byte> record, float[] vector)
    {
        try
        {
            return RowRecord.Parse(record, new RecordPlace(new SnippetSource(Records, 0)), vector);
        }
        catch (CodeEmbedException e)
        {
            throw new InvalidDataException("the record in this row is damaged. Write the file again.", e);
        }
    }

    /// <summary>Writes a file. The number of rows, and so the start of each tensor, is known in advance.</summary>
    public static async ValueTask WriteAsync(
        string path, EmbeddingStoreHeader header, IAsyncEnumerable<EmbeddingLines> lines, CancellationToken cancellationToken)
    {
        long count = header.Rows ?? throw new ArgumentException("The number of rows is not known.", nameof(header));
        var layout = new Layout(count, header.Dimensions, RecordsLength: 0);
        int room = MakeHeader(header, layout with { RecordsLength = MostBytes }, room: 0).Length;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var offsets = new Part(file, room);
        var vectors = new Part(file, room + layout.OffsetsEnd);
        var records = new Part(file, room + layout.VectorsEnd);
        long written = 0;
        offsets.Add(0);
        await foreach (EmbeddingLines block in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            vectors.Bytes.Write(block.Vectors.Span);
            AddEnds(offsets, block.Records.Span, records.End - room - layout.VectorsEnd);
            records.Bytes.Write(block.Records.Span);
            written += block.Count;
            offsets.Flush();
            vectors.Flush();
            records.Flush();
        }

        if (written != count)
            throw new IOException($"there are {written} rows, and {count} were expected.");

        offsets.Flush();
        vectors.Flush();
        records.Flush();
        layout = layout with { RecordsLength = records.End - room - layout.VectorsEnd };
        RandomAccess.Write(file, MakeHeader(header, layout, room), 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Adds where each record ends.</summary>
    private static void AddEnds(Part offsets, ReadOnlySpan<byte> records, long start)
    {
        for (int end = 0; end < records.Length;)
        {
            end += records[end..].IndexOf((byte)'\n') + 1;
            offsets.Add(start + end);
        }
    }

    /// <summary>Makes the header and its length, padded with spaces to a given size.</summary>
    private static byte[] MakeHeader(EmbeddingStoreHeader header, Layout layout, int room)
    {
        var json = new ArrayBufferWriter<byte>();
        json.Write(new byte[sizeof(long)]);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Metadata);
            foreach ((string name, string value) in StoreHeader.Describe(header))
                writer.WriteString(StoreHeader.Prefix + name, value);

            writer.WriteEndObject();
            WriteTensor(writer, Offsets, "I64", [layout.Rows + 1], 0, layout.OffsetsEnd);
            WriteTensor(writer, Vectors, "F32", [layout.Rows, layout.Dimensions], layout.OffsetsEnd, layout.VectorsEnd);
            WriteTensor(
                writer, Records, "U8", [layout.RecordsLength], layout.VectorsEnd, layout.VectorsEnd + layout.RecordsLength);
            writer.WriteEndObject();
        }

        byte[] bytes = new byte[Math.Max(room, (json.WrittenCount + Alignment - 1) / Alignment * Alignment)];
        bytes.AsSpan().Fill((byte)' ');
        json.WrittenSpan.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - sizeof(long));
        return bytes;
    }

    private static void WriteTensor(Utf8JsonWriter writer, string name, string type, long[] shape, long start, long end)
    {
        writer.WriteStartObject(name);
        writer.WriteString("dtype", type);
        writer.WriteStartArray("shape");
        foreach (long size in shape)
            writer.WriteNumberValue(size);

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(start);
        writer.WriteNumberValue(end);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static JsonDocument Parse(byte[] header)
    {
        try
        {
            // The reader decodes texts only on request, so it does not detect this.
            if (Utf8.IsValid(header) && JsonDocument.Parse(header) is { RootElement.ValueKind: JsonValueKind.Object } document)
                return document;
        }
        catch (JsonException)
        {
            // Reported below.
        }

        throw Damaged("its header is not a JSON object");
    }

    private static string? Find(JsonElement header, string name) =>
        header.TryGetProperty(Metadata, out JsonElement values) && values.ValueKind == JsonValueKind.Object
            && values.TryGetProperty(StoreHeader.Prefix + name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static InvalidDataException Damaged(string problem) =>
        new($"the safetensors file is damaged or cut short: {problem}.");

    private long ReadHeaderLength(long fileLength)
    {
        if (fileLength < sizeof(long))
            throw new InvalidDataException("it is not a safetensors file: it is too short.");

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        Read(bytes, 0);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length is < 2 or > MaxHeaderLength)
            throw new InvalidDataException("it is not a safetensors file: it does not start with a header length.");

        return length <= fileLength - sizeof(long) ? length : throw Damaged("it ends within its header");
    }

    private void Read(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_file, bytes, offset);
            if (read == 0)
                throw new IOException($"'{_path}' became shorter while it was read.");

            offset += read;
            bytes = bytes[read..];
        }
    }

    /// <summary>The location of a tensor, relative to the end of the header.</summary>
    private sealed record Tensor(long[] Shape, long Start, long End)
    {
        /// <summary>Finds a tensor in a header, and checks its description.</summary>
        public static Tensor Find(
            JsonElement header, string name, string type, int size, int rank, long available)
        {
            if (!header.TryGetProperty(name, out JsonElement tensor))
                throw StoreHeader.Foreign($"it has no tensor '{name}'");

            try
            {
                long[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(value => value.GetInt64())];
                long[] places = [.. tensor.GetProperty("data_offsets").EnumerateArray().Select(value => value.GetInt64())];
                if (tensor.GetProperty("dtype").GetString() == type && shape.Length == rank && shape.All(value => value >= 0)
                    && places is [>= 0 and var start, var end] && end >= start && end <= available
                    && shape.Aggregate((Int128)size, (total, value) => total * value) == end - start)
                {
                    return new Tensor(shape, start, end);
                }
            }
            catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // Reported below.
            }

            throw Damaged($"its header does not say where the tensor '{name}' is");
        }
    }

    /// <summary>The sizes of the tensors, which follow the header one after the other.</summary>
    private readonly record struct Layout(long Rows, int Dimensions, long RecordsLength)
    {
        public long OffsetsEnd => (Rows + 1) * sizeof(long);

        public long VectorsEnd => OffsetsEnd + (Rows * Dimensions * sizeof(float));
    }

    /// <summary>A part of a file that is written sequentially, in blocks.</summary>
    private sealed class Part(SafeFileHandle file, long start)
    {
        private long _flushed = start;

        /// <summary>The pending data.</summary>
        public ArrayBufferWriter<byte> Bytes { get; } = new();

        /// <summary>The end of the part, including the pending data.</summary>
        public long End => _flushed + Bytes.WrittenCount;

        /// <summary>Adds a number.</summary>
        public void Add(long number)
        {
            BinaryPrimitives.WriteInt64LittleEndian(Bytes.GetSpan(sizeof(long)), number);
            Bytes.Advance(sizeof(long));
        }

        /// <summary>Writes the pending data.</summary>
        public void Flush()
        {
            RandomAccess.Write(file, Bytes.WrittenSpan, _flushed);
            _flushed = End;
            Bytes.ResetWrittenCount();
        }
    }
}
