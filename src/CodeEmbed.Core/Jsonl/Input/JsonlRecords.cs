using System.Runtime.CompilerServices;
using CodeEmbed.Jsonl.Records;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Reads the records of a file of JSON Lines, one at a time.</summary>
/// <typeparam name="T">What a record becomes.</typeparam>
/// <param name="path">The file.</param>
/// <param name="share">Its part of the whole input, or <see langword="null"/> where that is not known.</param>
/// <param name="parse">Makes a record of a line, which it may keep.</param>
internal sealed class JsonlRecords<T>(string path, InputShare? share, Func<ReadOnlyMemory<byte>, RecordPlace, T> parse)
    where T : class
{
    /// <summary>Reads the records.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidInputException">
    ///   The file itself cannot be read: it is of another encoding or format, or damaged.
    /// </exception>
    public async IAsyncEnumerable<Outcome<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var input = new JsonlInput(path, share);
        while (true)
        {
            Outcome<T> record;
            try
            {
                if (!await input.ReadLineAsync(cancellationToken).ConfigureAwait(false))
                    break;

                if (IsBlank(input.Line.Span))
                    continue;

                record = Parse(input);
            }
            catch (InvalidInputException e) when (input.LineIsTooLong)
            {
                record = Reject(e, input.Place, default);
            }

            yield return record;
        }
    }

    private Outcome<T> Parse(JsonlInput input)
    {
        byte[] line = input.Line.ToArray();
        RecordPlace place = input.Place;
        try
        {
            return new Outcome<T>(parse(line, place));
        }
        catch (CodeEmbedException e)
        {
            return Reject(e, place, line);
        }
    }

    private static Outcome<T> Reject(CodeEmbedException reason, RecordPlace place, ReadOnlyMemory<byte> line) =>
        new(new RejectedRecord(reason, place.Source, (reason as SnippetValidationException)?.SnippetId, line));

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
