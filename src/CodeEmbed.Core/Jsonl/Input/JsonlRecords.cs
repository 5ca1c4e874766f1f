using System.Runtime.CompilerServices;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Reads the records of a file of JSON Lines, or of one JSON array, one at a time.</summary>
/// <typeparam name="T">What a record becomes.</typeparam>
/// <param name="path">The file.</param>
/// <param name="share">Its part of the whole input, or <see langword="null"/> if that is not known.</param>
/// <param name="adapters">The adapters for compressed files and stores.</param>
/// <param name="parse">Makes a record from its text, which it must not keep: the next one overwrites it.</param>
internal sealed class JsonlRecords<T>(
    string path, InputShare? share, FileAdapters adapters, Func<ReadOnlyMemory<byte>, RecordPlace, T> parse)
    where T : class
{
    /// <summary>Which part of the file's text is read; <see langword="null"/> for all of it.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>Reads the records.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidInputException">
    ///   The file itself cannot be read: it is of another encoding or format, or damaged.
    /// </exception>
    public async IAsyncEnumerable<Outcome<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var input = new JsonlInput(path, share, adapters, Range);
        while (true)
        {
            Outcome<T> record;
            try
            {
                if (!await input.ReadAsync(cancellationToken).ConfigureAwait(false))
                    break;

                if (IsBlank(input.Record.Span))
                    continue;

                record = Parse(input);
            }
            catch (InvalidInputException e) when (input.RecordIsTooLong)
            {
                record = Reject(e, input.Place, default);
            }

            yield return record;
        }
    }

    private Outcome<T> Parse(JsonlInput input)
    {
        RecordPlace place = input.Place;
        try
        {
            return new Outcome<T>(parse(input.Record, place));
        }
        catch (CodeEmbedException e)
        {
            return Reject(e, place, input.Record.ToArray());
        }
    }

    private static Outcome<T> Reject(CodeEmbedException reason, RecordPlace place, ReadOnlyMemory<byte> record) =>
        new(new RejectedRecord(reason, place.Source, (reason as SnippetValidationException)?.SnippetId, record));

    private static bool IsBlank(ReadOnlySpan<byte> record) => record.IndexOfAnyExcept(" \t\r"u8) < 0;
}
