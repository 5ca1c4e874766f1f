using System.Runtime.CompilerServices;

namespace CodeEmbed.Jsonl;

/// <summary>Reads the records of a file of JSON Lines, one at a time.</summary>
/// <typeparam name="T">What a record becomes.</typeparam>
/// <param name="path">The file.</param>
/// <param name="share">Its part of the whole input, or <see langword="null"/> where that is not known.</param>
/// <param name="parse">Makes a record of a line, which it may keep.</param>
/// <param name="skipInvalid">Takes each record that is not valid; <see langword="null"/> to end the reading at the first.</param>
internal sealed class JsonlRecords<T>(
    string path, InputShare? share, Func<ReadOnlyMemory<byte>, RecordPlace, T> parse, Action<CodeEmbedException>? skipInvalid)
    where T : class
{
    /// <summary>Reads the records.</summary>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async IAsyncEnumerable<T> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var input = new JsonlInput(path, share);
        while (await input.ReadLineAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!IsBlank(input.Line.Span) && Parse(input) is { } record)
                yield return record;
        }
    }

    private T? Parse(JsonlInput input)
    {
        try
        {
            return parse(input.Line.ToArray(), input.Place);
        }
        catch (CodeEmbedException e) when (skipInvalid is not null)
        {
            skipInvalid(e);
            return null;
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;
}
