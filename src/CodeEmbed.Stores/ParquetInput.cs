using System.Runtime.CompilerServices;
using CodeEmbed.Rows;
using Parquet;
using Parquet.Schema;

namespace CodeEmbed.Stores;

/// <summary>Reads a Parquet file with Parquet.Net, including files that another program made from one of ours.</summary>
internal static class ParquetInput
{
    /// <summary>How much memory a row group may take, whatever the file's size.</summary>
    private const long SmallMemory = 64 * 1024 * 1024;

    /// <summary>How many times the file's size a row group may take: repeated numbers take little space in a file.</summary>
    private const long MaxGrowth = 32;

    /// <summary>The memory per number when reading vectors: the number, and two levels that say where it belongs.</summary>
    private const int MemoryOfNumber = 3 * sizeof(int);

    /// <summary>The placeholder for a text that was not read.</summary>
    private static readonly ReadOnlyMemory<char> Unread = new([' ']);

    /// <summary>Returns what the rows of a file have in common.</summary>
    public static async ValueTask<EmbeddingStoreHeader> DescribeAsync(string path)
    {
        using var file = new GuardedStream(path);
        await using ParquetReader reader = await OpenAsync(file, CancellationToken.None).ConfigureAwait(false);
        return ReadHeader(reader);
    }

    /// <summary>Reads the rows of a file.</summary>
    public static async IAsyncEnumerable<EmbeddingRow> ReadAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var file = new GuardedStream(path);
        await using ParquetReader reader = await OpenAsync(file, cancellationToken).ConfigureAwait(false);
        EmbeddingStoreHeader header = ReadHeader(reader);
        Columns columns = Guard(() => new Columns(reader.Schema));
        var buffers = new VectorBuffers();
        foreach (ParquetRowGroupReader group in reader.RowGroups)
        {
            GroupValues values;
            try
            {
                values = await GroupValues.ReadAsync(group, columns, header, buffers, file.Length, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (Exception e) when (IsDamage(e))
            {
                throw Damaged(e);
            }

            for (int row = 0; row < values.RowCount; row++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return values.MakeRow(row);
            }
        }
    }

    private static async ValueTask<ParquetReader> OpenAsync(GuardedStream file, CancellationToken cancellationToken)
    {
        file.RequireParquet();
        try
        {
            return await ParquetReader.CreateAsync(file, null, leaveStreamOpen: true, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    private static EmbeddingStoreHeader ReadHeader(ParquetReader reader)
    {
        Dictionary<string, string> values = Guard(() => reader.CustomMetadata);
        return StoreHeader.Read(name => values.GetValueOrDefault(StoreHeader.Prefix + name), "the metadata of the file");
    }

    private static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    /// <summary>
    ///   Whether an error results from the file's content: Parquet.Net has no exception type of its own for most of the errors in
    ///   a damaged file.
    /// </summary>
    private static bool IsDamage(Exception error) => error is not (OperationCanceledException or OutOfMemoryException)
        && !IsOwn(error)
        && (error is not IOException || error.GetType() == typeof(IOException) || error is EndOfStreamException);

    /// <summary>Whether an error was thrown here, with a message for users: the libraries throw the same type.</summary>
    private static bool IsOwn(Exception error) =>
        error is InvalidDataException && error.Source == typeof(ParquetInput).Assembly.GetName().Name;

    private static InvalidDataException Damaged(Exception error) => new(
        "the Parquet file is damaged or cut short, or uses a feature that is not supported. Write it again.", error);

    /// <summary>The columns of a file that hold the parts of a row.</summary>
    private sealed class Columns(ParquetSchema schema)
    {
        /// <summary>Parquet.Net's type for texts.</summary>
        private static readonly Type Text = typeof(ReadOnlyMemory<char>);

        /// <summary>The field of each column, by the column's index; <see langword="null"/> if the file lacks it.</summary>
        private readonly DataField?[] _fields = [.. RowColumns.All.Select(column => Find(schema, column))];

        /// <summary>The field of a column.</summary>
        public DataField? this[RowColumn column] => _fields[column.Index];

        private static DataField? Find(ParquetSchema schema, RowColumn column)
        {
            if (column.Kind == RowColumnKind.Vector)
                return RequireVector(schema);

            Type[] types = column.Kind switch
            {
                RowColumnKind.Truth => [typeof(bool)],
                RowColumnKind.Count => [typeof(int), typeof(long)],
                _ => [Text],
            };
            DataField? field = Array.Find(schema.DataFields, field => field.Path.Length == 1 && field.Name == column.Name);
            if (field is null)
                return column.IsRequired ? throw StoreHeader.Foreign($"it has no column '{column.Name}'") : null;

            return types.Contains(field.ClrType) && field.MaxRepetitionLevel == 0
                ? field
                : throw new InvalidDataException(
                    $"its column '{column.Name}' holds {Describe(field)} and must hold "
                    + $"{(column.IsText ? "texts" : types[0].Name)}.");
        }

        private static string Describe(DataField field) =>
            field.MaxRepetitionLevel > 0 ? "lists" : field.ClrType == Text ? "texts" : field.ClrType.Name;

        private static DataField RequireVector(ParquetSchema schema)
        {
            DataField[] fields = Array.FindAll(schema.DataFields, field => field.Path.FirstPart == "vector");
            return fields.Length == 0 ? throw StoreHeader.Foreign("it has no column 'vector'")
                : fields is [{ MaxRepetitionLevel: 1 } field] && field.ClrType == typeof(float) ? field
                : throw new InvalidDataException("its column 'vector' does not hold lists of float (32 bits).");
        }
    }

    /// <summary>The values of a row group.</summary>
    private sealed class GroupValues : IRowValues
    {
        // By the index of the column.
        private readonly string?[]?[] _texts = new string?[RowColumns.All.Count][];
        private readonly long?[]?[] _numbers = new long?[RowColumns.All.Count][];
        private int _row;

        public required int Dimensions { get; init; }

        public required ReadOnlyMemory<float> Vectors { get; init; }

        /// <summary>The position and length of a vector whose length differs from the others, if any.</summary>
        public required (int Row, int Length)? OtherVector { get; init; }

        /// <summary>The number of rows.</summary>
        public required int RowCount { get; init; }

        /// <summary>Reads the values.</summary>
        /// <exception cref="InvalidDataException">They are not valid.</exception>
        public static async ValueTask<GroupValues> ReadAsync(
            ParquetRowGroupReader group,
            Columns columns,
            EmbeddingStoreHeader header,
            VectorBuffers buffers,
            long fileLength,
            CancellationToken cancellationToken)
        {
            int count = RequireMemory(group.RowCount, sizeof(long), fileLength);
            long numbers = group.GetMetadata(columns[RowColumns.Vector]!)?.MetaData?.NumValues ?? 0;
            int numberCount = RequireMemory(numbers, MemoryOfNumber, fileLength);
            buffers.Resize(numberCount);
            (int Row, int Length)? other = await ReadVectorsAsync(
                group, columns[RowColumns.Vector]!, count, buffers, header.Dimensions, cancellationToken).ConfigureAwait(false);
            var values = new GroupValues
            {
                RowCount = count,
                Dimensions = header.Dimensions,
                Vectors = buffers.Values,
                OtherVector = other,
            };
            foreach (RowColumn column in RowColumns.All)
            {
                if (columns[column] is not { } field || column.Kind == RowColumnKind.Vector)
                    continue;

                if (column.IsText)
                {
                    values._texts[column.Index] =
                        await ReadTextsAsync(group, field, count, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    values._numbers[column.Index] =
                        await ReadNumbersAsync(group, field, count, cancellationToken).ConfigureAwait(false);
                }
            }

            return values;
        }

        /// <summary>Creates a row.</summary>
        /// <exception cref="InvalidDataException">The row is not valid.</exception>
        public EmbeddingRow MakeRow(int row)
        {
            _row = row;
            return RowColumns.MakeRow(this);
        }

        /// <inheritdoc/>
        public string? Text(RowColumn column) => _texts[column.Index]?[_row];

        /// <inheritdoc/>
        public long? Count(RowColumn column) => _numbers[column.Index]?[_row];

        /// <inheritdoc/>
        public float[] Vector() => OtherVector is { } other && other.Row == _row
            ? throw VectorCheck.WrongLength(other.Length, "numbers", Dimensions)
            : VectorCheck.RequireFinite(Vectors.Slice(_row * Dimensions, Dimensions).ToArray());

        /// <summary>Checks that the sizes in a file's metadata do not take more memory than such a file can need.</summary>
        private static int RequireMemory(long values, int size, long fileLength) =>
            values is >= 0 and <= int.MaxValue && values * size <= SmallMemory + (MaxGrowth * fileLength)
                ? (int)values
                : throw new InvalidDataException(
                    "the Parquet file is damaged, or one of its row groups is too large. Write it with smaller row groups.");

        /// <summary>Reads the vectors, and finds the first one with a wrong length.</summary>
        private static async ValueTask<(int Row, int Length)?> ReadVectorsAsync(
            ParquetRowGroupReader group,
            DataField field,
            int rows,
            VectorBuffers buffers,
            int dimensions,
            CancellationToken cancellationToken)
        {
            // Values that a damaged page lacks stay NaN.
            buffers.Values.Span.Fill(float.NaN);
            await group.ReadRawAsync<float>(field, buffers.Values, buffers.Definition, buffers.Repetition, cancellationToken)
                .ConfigureAwait(false);

            // A missing or empty list, and a missing number, take one place and have no value.
            int row = 0;
            int count = buffers.Values.Length;
            for (int start = 0; start < count; row++)
            {
                int length = 1 + buffers.Repetition.Span[(start + 1)..].IndexOf(0);
                length = length == 0 ? count - start : length;
                bool isWhole = !buffers.Definition.Span.Slice(start, length).ContainsAnyExcept(field.MaxDefinitionLevel);
                if (length != dimensions || !isWhole)
                    return (row, isWhole ? length : 0);

                start += length;
            }

            return row == rows
                ? null
                : throw new InvalidDataException("the Parquet file is damaged: its numbers of vectors and rows differ.");
        }

        private static async ValueTask<string?[]> ReadTextsAsync(
            ParquetRowGroupReader group, DataField field, int count, CancellationToken cancellationToken)
        {
            var values = new ReadOnlyMemory<char>[count];
            Array.Fill(values, Unread);
            int[]? definition = await ReadAsync(group, field, values, cancellationToken).ConfigureAwait(false);
            string? last = null;
            return Place<ReadOnlyMemory<char>, string?>(field, values, definition, value =>
            {
                // Names of models and languages repeat often.
                if (last is null || !value.Span.SequenceEqual(last))
                    last = value.Equals(Unread) ? throw Short(field) : value.ToString();

                return last;
            });
        }

        private static async ValueTask<long?[]> ReadNumbersAsync(
            ParquetRowGroupReader group, DataField field, int count, CancellationToken cancellationToken)
        {
            if (field.ClrType == typeof(bool))
            {
                bool[] truths = new bool[count];
                return Place<bool, long?>(
                    field,
                    truths,
                    await ReadAsync(group, field, truths, cancellationToken).ConfigureAwait(false),
                    value => value ? 1 : 0);
            }

            if (field.ClrType == typeof(int))
            {
                int[] values = new int[count];
                Array.Fill(values, int.MinValue);
                return Place<int, long?>(
                    field,
                    values,
                    await ReadAsync(group, field, values, cancellationToken).ConfigureAwait(false),
                    value => value);
            }

            long[] longs = new long[count];
            Array.Fill(longs, long.MinValue);
            return Place<long, long?>(
                field, longs, await ReadAsync(group, field, longs, cancellationToken).ConfigureAwait(false), value => value);
        }

        private static async ValueTask<int[]?> ReadAsync<T>(
            ParquetRowGroupReader group, DataField field, T[] values, CancellationToken cancellationToken)
            where T : struct
        {
            if (group.GetMetadata(field)?.MetaData?.NumValues != values.Length)
                throw Short(field);

            int[]? definition = field.MaxDefinitionLevel > 0 ? new int[values.Length] : null;

            // In a conditional expression, null would become an empty buffer.
            Memory<int>? levels = null;
            if (definition is not null)
                levels = definition;

            await group.ReadRawAsync<T>(field, values, levels, null, cancellationToken).ConfigureAwait(false);
            return definition;
        }

        /// <summary>Assigns the values to their rows; the values are stored without gaps.</summary>
        private static TResult[] Place<T, TResult>(
            DataField field, T[] values, int[]? definition, Func<T, TResult> convert)
        {
            var placed = new TResult[values.Length];
            int next = 0;
            for (int row = 0; row < placed.Length; row++)
            {
                if (definition is null || definition[row] == field.MaxDefinitionLevel)
                    placed[row] = convert(values[next++]);
            }

            return placed;
        }

        private static InvalidDataException Short(DataField field) =>
            new($"the Parquet file is damaged: its column '{field.Name}' has fewer values than rows.");
    }

    /// <summary>The numbers of a row group, and where each belongs, in memory that the next row group reuses.</summary>
    private sealed class VectorBuffers
    {
        private float[] _values = [];
        private int[] _definition = [], _repetition = [];

        /// <summary>The numbers that are not missing.</summary>
        public Memory<float> Values { get; private set; }

        /// <summary>The definition level of each place: only the greatest level means a number.</summary>
        public Memory<int> Definition { get; private set; }

        /// <summary>The repetition levels: zero for the first place of each row.</summary>
        public Memory<int> Repetition { get; private set; }

        /// <summary>Makes room for this many numbers.</summary>
        public void Resize(int count)
        {
            if (_values.Length < count)
                (_values, _definition, _repetition) = (new float[count], new int[count], new int[count]);

            (Values, Definition, Repetition) =
                (_values.AsMemory(0, count), _definition.AsMemory(0, count), _repetition.AsMemory(0, count));
        }
    }

    /// <summary>A file with a limit on how much is read: in a damaged file, offsets can form a cycle.</summary>
    private sealed class GuardedStream(string path) : Stream
    {
        /// <summary>How many times the whole file may be read.</summary>
        private const int MostTimes = 16;

        private const int BlockLength = 64 * 1024;

        private readonly FileStream _file = new(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BlockLength);

        private long _read;

        /// <inheritdoc/>
        public override bool CanRead => true;

        /// <inheritdoc/>
        public override bool CanSeek => true;

        /// <inheritdoc/>
        public override bool CanWrite => false;

        /// <inheritdoc/>
        public override long Length => _file.Length;

        /// <inheritdoc/>
        public override long Position
        {
            get => _file.Position;
            set => _file.Position = value;
        }

        /// <summary>Checks that the file starts and ends like a Parquet file, and that its footer is within it.</summary>
        /// <exception cref="InvalidDataException">It does not.</exception>
        public void RequireParquet()
        {
            const int FrameLength = 4;
            byte[] start = new byte[FrameLength], end = new byte[2 * FrameLength];
            if (_file.ReadAtLeast(start, FrameLength, throwOnEndOfStream: false) < FrameLength || !start.SequenceEqual("PAR1"u8))
                throw new InvalidDataException("it is not a Parquet file.");

            if (_file.Length >= start.Length + end.Length)
            {
                _file.Position = _file.Length - end.Length;
                _file.ReadExactly(end);
                int footer = BitConverter.ToInt32(end);
                if (end.AsSpan(FrameLength).SequenceEqual("PAR1"u8) && footer > 0
                    && footer <= _file.Length - start.Length - end.Length)
                {
                    return;
                }
            }

            throw new InvalidDataException("the Parquet file is damaged or cut short: its end is missing.");
        }

        /// <inheritdoc/>
        public override int Read(byte[] buffer, int offset, int count) => Take(_file.Read(buffer, offset, count), count);

        /// <inheritdoc/>
        public override int Read(Span<byte> buffer) => Take(_file.Read(buffer), buffer.Length);

        /// <inheritdoc/>
        public override int ReadByte()
        {
            int value = _file.ReadByte();
            Take(value < 0 ? 0 : 1, 1);
            return value;
        }

        /// <inheritdoc/>
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        /// <inheritdoc/>
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(Read(buffer, offset, count));

        /// <inheritdoc/>
        public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

        /// <inheritdoc/>
        public override void Flush()
        {
        }

        /// <inheritdoc/>
        public override void SetLength(long value) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _file.Dispose();

            base.Dispose(disposing);
        }

        /// <summary>Counts the bytes that were read. Reading nothing means that the file ends too early.</summary>
        private int Take(int read, int asked)
        {
            if (read == 0 && asked > 0)
                throw new EndOfStreamException("it ends too early.");

            _read += read;
            return _read <= MostTimes * (_file.Length + BlockLength)
                ? read
                : throw new InvalidDataException("the Parquet file is damaged: its pages form a cycle.");
        }
    }
}
