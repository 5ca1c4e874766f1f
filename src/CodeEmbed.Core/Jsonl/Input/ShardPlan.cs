using System.Buffers;
using CodeEmbed.Files;
using CodeEmbed.Runs;
using CodeEmbed.Shards;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Which part of the input a shard reads, and what identifies it.</summary>
/// <remarks>
///   The texts of all files, one after the other, are cut into pieces of the same length. A record belongs to the piece in which
///   it starts. The length of an uncompressed file is known; a compressed one is decompressed once to find it.
/// </remarks>
/// <param name="Run">The shard.</param>
/// <param name="Pieces">What it reads, in order: no more than its part of each file.</param>
internal sealed record ShardPlan(ShardRun Run, IReadOnlyList<ShardPiece> Pieces)
{
    /// <summary>Plans a shard.</summary>
    /// <param name="files">All files of the input, in order.</param>
    /// <param name="index">Which shard it is; the first is 0.</param>
    /// <param name="count">How many shards there are.</param>
    /// <param name="findZstandard">Returns the adapter for Zstandard, if a file needs it.</param>
    /// <param name="cancellationToken">Stops the planning.</param>
    /// <exception cref="InvalidInputException">A compressed file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read, or has no length, such as a pipe.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static async ValueTask<ShardPlan> OfAsync(
        IReadOnlyList<string> files,
        int index,
        int count,
        Func<string, IZstandard?> findZstandard,
        CancellationToken cancellationToken)
    {
        var inputs = new List<ShardInput>();
        var ends = new List<long>();
        long total = 0;
        foreach (string file in files)
        {
            if (FileStatus.Of(file) is { Kind: not FileKind.Regular })
                throw new IOException($"'{file}' is a pipe or a device, and its length is not known. Name a file.");

            InputFile input = InputFile.Of(file);
            inputs.Add(ShardInput.Of(input.Path, input.Size, input.LastWrite));
            total += await TextLengthAsync(input, findZstandard(file), cancellationToken).ConfigureAwait(false);
            ends.Add(total);
        }

        long start = ShardRun.StartOf(total, index, count), end = ShardRun.StartOf(total, index + 1, count);
        var pieces = new List<ShardPiece>();
        for (int i = 0; i < files.Count; i++)
        {
            long before = i == 0 ? 0 : ends[i - 1];
            var range = new ByteRange(Math.Max(start, before) - before, Math.Min(end, ends[i]) - before);
            if (range.Start >= range.End)
                continue;

            double length = end - start;
            pieces.Add(new ShardPiece(
                files[i], range, new InputShare((before + range.Start - start) / length, (range.End - range.Start) / length)));
        }

        return new ShardPlan(new ShardRun(index, count, inputs), pieces);
    }

    private static async ValueTask<long> TextLengthAsync(
        InputFile input, IZstandard? zstandard, CancellationToken cancellationToken)
    {
        if (CompressedFormat.Of(input.Path) is not { } format)
            return input.Size;

        format.RequireAvailable(zstandard);
        var file = new FileStream(input.Path, new FileStreamOptions
        {
            Options = FileOptions.SequentialScan | FileOptions.Asynchronous,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        byte[] block = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            await using Stream text = format.Decompress(file, zstandard);
            long length = 0;
            while (await text.ReadAsync(block, cancellationToken).ConfigureAwait(false) is > 0 and var read)
                length += read;

            return length;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidInputException(new SnippetSource(input.Path, 1), e.Message, e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}

/// <summary>The part of a file that a shard reads.</summary>
/// <param name="File">The file.</param>
/// <param name="Range">The part of its text.</param>
/// <param name="Share">Its share of everything that the shard reads.</param>
internal readonly record struct ShardPiece(string File, ByteRange Range, InputShare Share);
