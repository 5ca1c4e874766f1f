using System.Runtime.CompilerServices;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl;

/// <summary>Reads the records of a file of JSON Lines, one at a time.</summary>
/// <typeparam name="T">What a record becomes.</typeparam>
/// <param name="path">The file.</param>
/// <param name="share">Its part of the whole input, or <see langword="null"/> where that is not known.</param>
/// <param name="parse">Makes a record of a line, which it may keep.</param>
/// <param name="skipInvalid">Takes each record that is not valid; <see langword="null"/> to end the reading at the first.</param>
internal sealed class JsonlRecords<T>(
    string path, InputShare? share, Func<ReadOnlyMemory<byte>, RecordPlace, T> parse, Action<RefusedRecord>? skipInvalid)
    where T : class
{
    /// <summary>How many records were passed over.</summary>
    public long Refused { get; private set; }

    /// <summary>Reads the records.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (T? record in ReadWithGapsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record is not null)
                yield return record;
        }
    }

    /// <summary>Reads the records, and gives <see langword="null"/> for each that was passed over: so the caller hears of it at once.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async IAsyncEnumerable<T?> ReadWithGapsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var input = new JsonlInput(path, share);
        while (true)
        {
            T? record = null;
            try
            {
                if (!await input.ReadLineAsync(cancellationToken).ConfigureAwait(false))
                    break;

                if (IsBlank(input.Line.Span))
                    continue;

                record = Parse(input);
            }
            catch (InvalidInputException e) when (skipInvalid is not null && input.LineIsTooLong)
            {
                Refuse(e, input.Place, default);
            }

            yield return record;
        }
    }

    private T? Parse(JsonlInput input)
    {
        byte[] line = input.Line.ToArray();
        RecordPlace place = input.Place;
        try
        {
            return parse(line, place);
        }
        catch (CodeEmbedException e) when (skipInvalid is not null)
        {
            Refuse(e, place, line);
            return null;
        }
    }

    private void Refuse(CodeEmbedException reason, RecordPlace place, ReadOnlyMemory<byte> line)
    {
        Refused++;
        skipInvalid!(new RefusedRecord(reason, place.Source, (reason as SnippetValidationException)?.SnippetId, line));
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
