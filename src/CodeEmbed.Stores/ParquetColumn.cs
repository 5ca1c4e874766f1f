using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CodeEmbed.Rows;

namespace CodeEmbed.Stores;

/// <summary>A column of a Parquet file that is being written: its schema, and its values in the current row group.</summary>
internal abstract class ParquetColumn(string name, ParquetType type, bool isOptional)
{
    private const int DataPage = 0, Plain = 0, Rle = 3;

    private readonly ArrayBufferWriter<byte> _values = new();
    private readonly ArrayBufferWriter<byte> _page = new();
    private readonly ArrayBufferWriter<byte> _header = new();

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>The type of the values on the disk.</summary>
    public ParquetType Type => type;

    /// <summary>Whether a row may have no value.</summary>
    public bool IsOptional => isOptional;

    /// <summary>How many bytes the values take.</summary>
    public long Length => _values.WrittenCount;

    /// <summary>The names that lead to the values in the schema.</summary>
    public virtual string[] Path => [name];

    /// <summary>Parquet's number for the compression of the values.</summary>
    public virtual int Codec => 1;

    /// <summary>How many values there are; including the missing ones.</summary>
    protected long Count { get; set; }

    /// <summary>How many values are missing.</summary>
    protected long Missing { get; set; }

    /// <summary>The values, in the encoding that Parquet calls plain.</summary>
    protected ArrayBufferWriter<byte> Values => _values;

    /// <summary>Adds the value of a row.</summary>
    public abstract void Add(EmbeddingRow row);

    /// <summary>Writes the values as one page, which is the column's chunk of the row group, and clears them.</summary>
    /// <param name="file">The file, at its end.</param>
    /// <returns>The chunk's metadata for the footer.</returns>
    public ParquetChunk Write(FileStream file)
    {
        FinishValues();
        _page.ResetWrittenCount();
        WriteLevels(_page);
        int levels = _page.WrittenCount, uncompressed = checked(levels + _values.WrittenCount);
        ReadOnlyMemory<byte>[] parts = [_page.WrittenMemory, _values.WrittenMemory];
        if (Codec != 0)
        {
            _page.Write(_values.WrittenSpan);
            parts = [Snappier.Snappy.CompressToArray(_page.WrittenSpan)];
        }

        int compressed = parts.Sum(part => part.Length);
        _header.ResetWrittenCount();
        var header = new ThriftWriter(_header);
        header.Write(1, DataPage);
        header.Write(2, uncompressed);
        header.Write(3, compressed);
        header.BeginStruct(5);
        header.Write(1, (int)Count);
        header.Write(2, Plain);
        header.Write(3, Rle);
        header.Write(4, Rle);
        header.EndStruct();
        header.EndStruct();
        var chunk = new ParquetChunk(
            this,
            Count,
            Missing,
            file.Position,
            _header.WrittenCount + (long)uncompressed,
            _header.WrittenCount + (long)compressed);
        file.Write(_header.WrittenSpan);
        foreach (ReadOnlyMemory<byte> part in parts)
            file.Write(part.Span);

        _values.ResetWrittenCount();
        Count = Missing = 0;
        return chunk;
    }

    /// <summary>Adds pending data to the values.</summary>
    protected virtual void FinishValues()
    {
    }

    /// <summary>Writes the levels that say which rows have a value, and which values belong to the same row.</summary>
    protected abstract void WriteLevels(ArrayBufferWriter<byte> page);

    /// <summary>Writes a run of one level: its length and the level.</summary>
    protected static void WriteRun(ArrayBufferWriter<byte> levels, long count, byte level)
    {
        if (count == 0)
            return;

        ThriftWriter.WriteVariable(levels, (ulong)count << 1);
        levels.Write([level]);
    }

    /// <summary>Puts levels into a page, preceded by their length.</summary>
    protected static void WriteLevels(ArrayBufferWriter<byte> page, ArrayBufferWriter<byte> levels)
    {
        BinaryPrimitives.WriteInt32LittleEndian(page.GetSpan(sizeof(int)), levels.WrittenCount);
        page.Advance(sizeof(int));
        page.Write(levels.WrittenSpan);
    }
}

/// <summary>The types that values have on the disk, by Parquet's numbers.</summary>
internal enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Single = 4,
    Bytes = 6,
}

/// <summary>The footer's metadata for a column in a row group.</summary>
/// <param name="Column">The column.</param>
/// <param name="Count">How many values there are; including the missing ones.</param>
/// <param name="Missing">How many are missing.</param>
/// <param name="Offset">Where its page starts.</param>
/// <param name="Uncompressed">How many bytes it takes, including the page header, before compression.</param>
/// <param name="Compressed">How many bytes it takes in the file.</param>
internal sealed record ParquetChunk(
    ParquetColumn Column, long Count, long Missing, long Offset, long Uncompressed, long Compressed);

/// <summary>A column with at most one value per row.</summary>
internal abstract class ParquetFlatColumn(RowColumn column, ParquetType type)
    : ParquetColumn(column.Name, type, isOptional: !column.IsRequired)
{
    /// <summary>The column of the row.</summary>
    protected RowColumn Column => column;

    private readonly ArrayBufferWriter<byte> _levels = new();
    private bool _isRunOfValues;
    private long _run;

    /// <summary>Records whether a row has a value.</summary>
    /// <returns>The argument.</returns>
    protected bool Mark(bool hasValue)
    {
        if (hasValue != _isRunOfValues)
            EndRun(hasValue);

        _run++;
        Count++;
        Missing += hasValue ? 0 : 1;
        return hasValue;
    }

    /// <inheritdoc/>
    protected sealed override void WriteLevels(ArrayBufferWriter<byte> page)
    {
        EndRun(false);
        if (IsOptional)
            WriteLevels(page, _levels);

        _levels.ResetWrittenCount();
    }

    private void EndRun(bool next)
    {
        WriteRun(_levels, _run, (byte)(_isRunOfValues ? 1 : 0));
        _run = 0;
        _isRunOfValues = next;
    }
}

/// <summary>A column of texts.</summary>
internal sealed class ParquetTextColumn(RowColumn column) : ParquetFlatColumn(column, ParquetType.Bytes)
{
    /// <inheritdoc/>
    public override void Add(EmbeddingRow row)
    {
        string? text = Column.TextOf(row);
        if (!Mark(text is not null))
            return;

        Span<byte> target = Values.GetSpan(sizeof(int) + Encoding.UTF8.GetByteCount(text!));
        int length = Encoding.UTF8.GetBytes(text, target[sizeof(int)..]);
        BinaryPrimitives.WriteInt32LittleEndian(target, length);
        Values.Advance(sizeof(int) + length);
    }
}

/// <summary>A column of counts.</summary>
internal sealed class ParquetCountColumn(RowColumn column) : ParquetFlatColumn(column, ParquetType.Int32)
{
    /// <inheritdoc/>
    public override void Add(EmbeddingRow row)
    {
        int? count = Column.CountOf(row);
        if (!Mark(count is not null))
            return;

        BinaryPrimitives.WriteInt32LittleEndian(Values.GetSpan(sizeof(int)), count!.Value);
        Values.Advance(sizeof(int));
    }
}

/// <summary>A column of Boolean values, eight per byte.</summary>
internal sealed class ParquetTruthColumn(RowColumn column) : ParquetFlatColumn(column, ParquetType.Boolean)
{
    private const int Bits = 8;

    private int _byte;

    /// <inheritdoc/>
    public override void Add(EmbeddingRow row)
    {
        int bit = (int)(Count % Bits);
        Mark(hasValue: true);
        _byte |= (Column.CountOf(row) ?? 0) << bit;
        if (bit == Bits - 1)
            EndByte();
    }

    /// <inheritdoc/>
    protected override void FinishValues()
    {
        if (Count % Bits != 0)
            EndByte();
    }

    private void EndByte()
    {
        Values.Write([(byte)_byte]);
        _byte = 0;
    }
}

/// <summary>The column of vectors: lists of float32, not compressed, because that would gain nothing.</summary>
internal sealed class ParquetVectorColumn(string name) : ParquetColumn(name, ParquetType.Single, isOptional: false)
{
    private readonly ArrayBufferWriter<byte> _levels = new();
    private int _dimensions;
    private long _rows;

    /// <inheritdoc/>
    public override string[] Path => [Name, "list", "element"];

    /// <inheritdoc/>
    public override int Codec => 0;

    /// <inheritdoc/>
    public override void Add(EmbeddingRow row)
    {
        Values.Write(MemoryMarshal.AsBytes(row.Vector.AsSpan()));
        _dimensions = row.Vector.Length;
        _rows++;
        Count += _dimensions;
    }

    /// <inheritdoc/>
    protected override void WriteLevels(ArrayBufferWriter<byte> page)
    {
        // The first number of a list starts a row, and the others do not.
        _levels.ResetWrittenCount();
        for (long row = 0; row < _rows; row++)
        {
            WriteRun(_levels, 1, 0);
            WriteRun(_levels, _dimensions - 1, 1);
        }

        WriteLevels(page, _levels);

        // And none of them is missing.
        _levels.ResetWrittenCount();
        WriteRun(_levels, Count, 1);
        WriteLevels(page, _levels);
        _rows = 0;
    }
}
