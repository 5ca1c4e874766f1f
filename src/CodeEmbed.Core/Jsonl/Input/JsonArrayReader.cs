using CodeEmbed.Formats;
using CodeEmbed.Jsonl.Records;

namespace CodeEmbed.Jsonl.Input;

/// <summary>Splits one JSON array into its elements; holds one element at a time.</summary>
/// <remarks>
///   The text between the elements is checked here; the text in them is not. An element ends where its quotes, braces and
///   brackets are closed.
/// </remarks>
internal sealed class JsonArrayReader(StreamBuffer buffer, string file)
{
    private long _line = 1;
    private bool _isOpen, _isEnded;
    private ValueEnd _end;
    private int _searched;

    /// <summary>The element that was read last, in memory that the next call overwrites.</summary>
    public ReadOnlyMemory<byte> Element { get; private set; }

    /// <summary>Whether the element that was read last was too long. The next call continues with the element after it.</summary>
    public bool ElementIsTooLong { get; private set; }

    /// <summary>The number of the element that was read last; the first is 1.</summary>
    public long ElementNumber { get; private set; }

    /// <summary>Where that element starts in the stream.</summary>
    public long ElementStart { get; private set; }

    /// <summary>The number of the line in which that element starts.</summary>
    public long LineNumber { get; private set; } = 1;

    /// <summary>The line that the reading has come to.</summary>
    public SnippetSource Here => new(file, _line);

    /// <summary>
    ///   Whether an unread stream holds an array: whether <c>[</c> comes first, after any white space.
    /// </summary>
    /// <param name="buffer">The stream. Nothing is taken from it.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async ValueTask<bool> IsArrayAsync(StreamBuffer buffer, CancellationToken cancellationToken)
    {
        // Enough to recognize the encoding, and no more white space than a line may have.
        const int LeastLength = 8;
        while (true)
        {
            bool isArray = StartsArray(buffer.Span, out bool isKnown);
            bool isEnough = buffer.HasEnded || buffer.Length > RecordSchema.MaxLineLength;
            if (isEnough || (isKnown && (!isArray || buffer.Length >= LeastLength)))
                return isArray && FileFormat.RecognizeEncoding(buffer.Span) is null;

            await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the next element.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidInputException">
    ///   The element is too long, which <see cref="ElementIsTooLong"/> says; or the array is not whole, something is wrong
    ///   between its elements, or something follows it.
    /// </exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (ElementIsTooLong)
            await SkipRestAsync(cancellationToken).ConfigureAwait(false);

        if (!await FindNextAsync(cancellationToken).ConfigureAwait(false))
            return false;

        ElementNumber++;
        LineNumber = _line;
        ElementStart = buffer.BytesTaken;
        (_end, _searched) = (default, 0);
        while (true)
        {
            _isEnded = _end.IsIn(buffer.Span, ref _searched);
            if (_searched > RecordSchema.MaxLineLength)
                throw TooLong();

            if (_isEnded)
                break;

            await ReadOnAsync(cancellationToken).ConfigureAwait(false);
        }

        Element = buffer.Memory[.._searched];
        Take(_searched);
        return true;
    }

    private static bool StartsArray(ReadOnlySpan<byte> start, out bool isKnown)
    {
        ReadOnlySpan<byte> text = start.TrimStart("\0 \t\r\n\uFEFF"u8);
        isKnown = !text.IsEmpty;
        return text is [(byte)'[', ..];
    }

    /// <summary>Moves to the start of the next element, past a bracket or comma; returns whether there is one.</summary>
    private async ValueTask<bool> FindNextAsync(CancellationToken cancellationToken)
    {
        bool isOpening = !_isOpen;
        if (isOpening)
        {
            while (await PeekAsync(cancellationToken).ConfigureAwait(false) != '[')
                buffer.Take(1); // A byte of a mark: nothing else may come before it.

            buffer.Take(1);
            _isOpen = true;
        }

        byte? next = await PeekAsync(cancellationToken).ConfigureAwait(false);
        if (next is (byte)',' && !isOpening)
        {
            buffer.Take(1);
            next = await PeekAsync(cancellationToken).ConfigureAwait(false);
            if (next is (byte)']')
                throw Invalid("there is a comma before the ']' that ends the array. Remove the comma.");
        }
        else if (next is not null and not (byte)']' && !isOpening)
        {
            throw Invalid($"a comma is missing after element {ElementNumber} of the array.");
        }

        switch (next)
        {
            case null:
                throw Torn(ElementNumber == 0 ? "before its first element" : $"after element {ElementNumber}");
            case (byte)',':
                throw Invalid(
                    isOpening
                        ? "there is a comma before the first element of the array. Remove the comma."
                        : $"there are two commas after element {ElementNumber} of the array. Remove one.");
            case (byte)']':
                buffer.Take(1);
                if (await PeekAsync(cancellationToken).ConfigureAwait(false) is not null)
                    throw Invalid("something follows the ']' that ends the array. Write nothing after it.");

                return false;
            default:
                return true;
        }
    }

    /// <summary>The next byte that is not white space, which is not taken; <see langword="null"/> at the end.</summary>
    private async ValueTask<byte?> PeekAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // NULs are what a loss of power leaves in a file.
            int next = buffer.Span.IndexOfAnyExcept(" \t\r\n\0"u8);
            Take(next < 0 ? buffer.Length : next);
            if (next >= 0)
                return buffer.Span[0];

            if (buffer.HasEnded)
                return null;

            await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads on to the end of an element that was too long, without holding it.</summary>
    private async ValueTask SkipRestAsync(CancellationToken cancellationToken)
    {
        while (!_isEnded)
        {
            Take(_searched);
            _searched = 0;
            await ReadOnAsync(cancellationToken).ConfigureAwait(false);
            _isEnded = _end.IsIn(buffer.Span, ref _searched);
        }

        Take(_searched);
        ElementIsTooLong = false;
    }

    /// <summary>Reads more of an element.</summary>
    private async ValueTask ReadOnAsync(CancellationToken cancellationToken)
    {
        await buffer.FillAsync(cancellationToken).ConfigureAwait(false);
        if (buffer.HasEnded)
            throw Torn($"inside element {ElementNumber}, which starts in line {LineNumber}");
    }

    private void Take(int length)
    {
        _line += buffer.Span[..length].Count((byte)'\n');
        buffer.Take(length);
    }

    private InvalidInputException TooLong()
    {
        ElementIsTooLong = true;
        return new InvalidInputException(
            Here with { Line = LineNumber, Element = ElementNumber },
            $"the element is longer than {RecordSchema.MaxLineLength / (1024 * 1024)} MiB.");
    }

    /// <summary>The line of a torn element is the one in which the file ends.</summary>
    private InvalidInputException Torn(string where)
    {
        Take(buffer.Length);
        return Invalid($"the file ends {where}, and the array does not. It was cut short, or a quote or bracket is missing.");
    }

    private InvalidInputException Invalid(string problem) => new(Here, problem);
}
