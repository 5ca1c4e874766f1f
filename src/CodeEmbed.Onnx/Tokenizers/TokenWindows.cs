using System.Runtime.InteropServices;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>The windows of a text that is longer than the model sees: see <see cref="EmbeddingOverflow.Window"/>.</summary>
/// <remarks>The ids are stored once; windows are created on request.</remarks>
internal sealed class TokenWindows
{
    /// <summary>A window shares one in this many of its tokens with the one before it.</summary>
    private const int OverlapDivisor = 5;

    private readonly IReadOnlyList<int> _start, _end;
    private readonly List<int> _ids;
    private readonly int _prompt, _room, _step;

    /// <summary>Divides a text.</summary>
    /// <param name="start">The ids before every sequence.</param>
    /// <param name="ids">The ids of the prompt and the text, without the special ones around them.</param>
    /// <param name="end">The ids after every sequence.</param>
    /// <param name="promptTokens">How many of the ids at the start belong to the prompt.</param>
    /// <param name="maxLength">The maximum number of ids in a window, including all; at least one must be from the text.</param>
    public TokenWindows(IReadOnlyList<int> start, List<int> ids, IReadOnlyList<int> end, int promptTokens, int maxLength)
    {
        (_start, _ids, _end, _prompt) = (start, ids, end, promptTokens);
        _room = maxLength - start.Count - promptTokens - end.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(_room, 1, nameof(maxLength));
        _step = _room - (_room / OverlapDivisor);
        int beyondFirst = Math.Max(ids.Count - promptTokens - _room, 0);
        Count = 1 + (int)(((long)beyondFirst + _step - 1) / _step);
    }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    /// <summary>Creates a window.</summary>
    /// <param name="index">The zero-based index.</param>
    public TokenWindow Make(int index)
    {
        ReadOnlySpan<int> ids = CollectionsMarshal.AsSpan(_ids);
        int first = (int)Math.Min(_prompt + ((long)index * _step), ids.Length);
        ReadOnlySpan<int> tokens = ids.Slice(first, Math.Min(_room, ids.Length - first));
        var sequence = new long[_start.Count + _prompt + tokens.Length + _end.Count];
        int length = 0;
        foreach (int id in _start)
            sequence[length++] = id;

        foreach (int id in ids[.._prompt])
            sequence[length++] = id;

        foreach (int id in tokens)
            sequence[length++] = id;

        foreach (int id in _end)
            sequence[length++] = id;

        return new TokenWindow(sequence, tokens.Length);
    }
}

/// <summary>A window of a text, as the model sees it.</summary>
/// <param name="Ids">The token ids, including the prompt's and the special ones.</param>
/// <param name="Weight">How many of them are the text's own.</param>
internal readonly record struct TokenWindow(long[] Ids, int Weight);
