using System.Buffers;
using System.Buffers.Binary;
using CodeEmbed.Rows;

namespace CodeEmbed.Stores;

/// <summary>Writes a Parquet file, following the format's specification.</summary>
/// <remarks>
///   Parquet.Net, which reads such files here, is not used to write them: it takes three times the memory and several times as
///   long for lists, and it always writes the minimum and the maximum text of a column, in an order that is not Parquet's.
///   Programs that use those would miss rows.
/// </remarks>
internal static class ParquetOutput
{
    /// <summary>The size of a row group: it takes this much memory, and the same again to write it.</summary>
    private const long GroupLength = 16 * 1024 * 1024;

    private const int Version = 1, Required = 0, Optional = 1, Repeated = 2, Utf8 = 0, List = 3;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Writes a file.</summary>
    public static async ValueTask WriteAsync(
        string path, EmbeddingStoreHeader header, IAsyncEnumerable<EmbeddingRow> rows, CancellationToken cancellationToken)
    {
        ParquetColumn[] columns = MakeColumns();
        var groups = new List<ParquetGroup>();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        file.Write(Magic);
        long count = 0;
        await foreach (EmbeddingRow row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            long length = 0;
            foreach (ParquetColumn column in columns)
            {
                column.Add(row);
                length += column.Length;
            }

            count++;
            if (length >= GroupLength)
                EndGroup();
        }

        if (count > 0)
            EndGroup();

        var footer = new ArrayBufferWriter<byte>();
        WriteFooter(new ThriftWriter(footer), header, columns, groups);
        BinaryPrimitives.WriteInt32LittleEndian(footer.GetSpan(sizeof(int)), footer.WrittenCount);
        footer.Advance(sizeof(int));
        footer.Write(Magic);
        file.Write(footer.WrittenSpan);

        void EndGroup()
        {
            cancellationToken.ThrowIfCancellationRequested();
            groups.Add(new ParquetGroup(count, [.. columns.Select(column => column.Write(file))]));
            count = 0;
        }
    }

    private static ParquetColumn[] MakeColumns() => [.. RowColumns.All.Select(column => column.Kind switch
    {
        RowColumnKind.Vector => new ParquetVectorColumn(column.Name),
        RowColumnKind.Truth => new ParquetTruthColumn(column),
        RowColumnKind.Count => new ParquetCountColumn(column),
        _ => (ParquetColumn)new ParquetTextColumn(column),
    })];

    private static void WriteFooter(
        ThriftWriter footer, EmbeddingStoreHeader header, ParquetColumn[] columns, List<ParquetGroup> groups)
    {
        footer.Write(1, Version);
        footer.BeginList(2, 1 + columns.Sum(column => column.Path.Length));
        footer.BeginElement();
        footer.Write(4, "schema");
        footer.Write(5, columns.Length);
        footer.EndStruct();
        foreach (ParquetColumn column in columns)
            WriteSchema(footer, column);

        footer.Write(3, groups.Sum(group => group.Rows));
        footer.BeginList(4, groups.Count);
        foreach (ParquetGroup group in groups)
            WriteGroup(footer, group);

        IReadOnlyList<KeyValuePair<string, string>> values = StoreHeader.Describe(header);
        footer.BeginList(5, values.Count);
        foreach ((string name, string value) in values)
        {
            footer.BeginElement();
            footer.Write(1, StoreHeader.Prefix + name);
            footer.Write(2, value);
            footer.EndStruct();
        }

        footer.Write(6, $"CodeEmbed version {typeof(ParquetOutput).Assembly.GetName().Version!.ToString(3)}");
        footer.EndStruct();
    }

    private static void WriteSchema(ThriftWriter footer, ParquetColumn column)
    {
        footer.BeginElement();
        if (column is ParquetVectorColumn)
        {
            WriteList(footer, column);
            return;
        }

        footer.Write(1, (int)column.Type);
        footer.Write(3, column.IsOptional ? Optional : Required);
        footer.Write(4, column.Name);
        if (column.Type == ParquetType.Bytes)
        {
            footer.Write(6, Utf8);
            footer.BeginStruct(10);
            footer.BeginStruct(1);
            footer.EndStruct();
            footer.EndStruct();
        }

        footer.EndStruct();
    }

    /// <summary>Writes the three levels of a list, the first of which has begun.</summary>
    private static void WriteList(ThriftWriter footer, ParquetColumn column)
    {
        footer.Write(3, Required);
        footer.Write(4, column.Path[0]);
        footer.Write(5, 1);
        footer.Write(6, List);
        footer.BeginStruct(10);
        footer.BeginStruct(3);
        footer.EndStruct();
        footer.EndStruct();
        footer.EndStruct();

        footer.BeginElement();
        footer.Write(3, Repeated);
        footer.Write(4, column.Path[1]);
        footer.Write(5, 1);
        footer.EndStruct();

        footer.BeginElement();
        footer.Write(1, (int)column.Type);
        footer.Write(3, Required);
        footer.Write(4, column.Path[2]);
        footer.EndStruct();
    }

    private static void WriteGroup(ThriftWriter footer, ParquetGroup group)
    {
        footer.BeginElement();
        footer.BeginList(1, group.Chunks.Count);
        foreach (ParquetChunk chunk in group.Chunks)
        {
            footer.BeginElement();
            footer.Write(2, chunk.Offset);
            footer.BeginStruct(3);
            footer.Write(1, (int)chunk.Column.Type);

            // Plain for the values, RLE for the levels.
            footer.Write(2, [0, 3]);
            footer.Write(3, chunk.Column.Path);
            footer.Write(4, chunk.Column.Codec);
            footer.Write(5, chunk.Count);
            footer.Write(6, chunk.Uncompressed);
            footer.Write(7, chunk.Compressed);
            footer.Write(9, chunk.Offset);
            footer.BeginStruct(12);
            footer.Write(3, chunk.Missing);
            footer.EndStruct();
            footer.EndStruct();
            footer.EndStruct();
        }

        footer.Write(2, group.Chunks.Sum(chunk => chunk.Uncompressed));
        footer.Write(3, group.Rows);
        footer.Write(5, group.Chunks[0].Offset);
        footer.Write(6, group.Chunks.Sum(chunk => chunk.Compressed));
        footer.EndStruct();
    }

    /// <summary>A row group that was written.</summary>
    private sealed record ParquetGroup(long Rows, IReadOnlyList<ParquetChunk> Chunks);
}
