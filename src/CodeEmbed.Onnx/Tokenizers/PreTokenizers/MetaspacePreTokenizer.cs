using System.Text;
using CodeEmbed.Errors;

namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>
///   Writes spaces as a visible character, and splits before each: <c>Metaspace</c> in Hugging Face's tokenizers.
/// </summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer, IStage<PreTokenizer>
{
    private const string SchemeMember = "prepend_scheme", PrefixMember = "add_prefix_space";

    private readonly PrependScheme _scheme;
    private readonly bool _splits;

    /// <summary>Creates a pre-tokenizer.</summary>
    /// <param name="replacement">The replacement for a space.</param>
    /// <param name="scheme">Which texts get one at their beginning if they do not have one.</param>
    /// <param name="splits">Whether it splits.</param>
    public MetaspacePreTokenizer(Rune replacement, PrependScheme scheme, bool splits) =>
        (Replacement, _scheme, _splits) = (replacement.ToString(), scheme, splits);

    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["Metaspace"];

    /// <summary>The replacement for a space.</summary>
    public string Replacement { get; }

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("Metaspace", Replacement, _scheme, _splits);

    /// <inheritdoc/>
    public override bool MindsBeginning => _scheme == PrependScheme.First;

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json)
    {
        string replacement = json.String("replacement");
        Rune[] runes = [.. replacement.EnumerateRunes()];
        if (runes.Length != 1)
        {
            throw new ModelFormatException(
                $"{json.NameOf("replacement")} is {MessageText.Quote(replacement)} in {TokenizerJson.FileName}, and must be one "
                + "character.");
        }

        PrependScheme scheme = json.Find(SchemeMember) is null ? PrependScheme.Always : json.String(SchemeMember) switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw new ModelFormatException(
                $"{json.NameOf(SchemeMember)} is {MessageText.Quote(other)} in {TokenizerJson.FileName}; "
                + "supported: always, first, never."),
        };

        // The old spelling of the scheme "always" is true. Hugging Face's tokenizers refuse false with another scheme.
        if (!json.Boolean(PrefixMember, missing: true) && scheme != PrependScheme.Never)
        {
            throw new ModelFormatException(
                $"{json.NameOf(PrefixMember)} is false in {TokenizerJson.FileName}, and {json.NameOf(SchemeMember)} is not "
                + "never.");
        }

        return new MetaspacePreTokenizer(runes[0], scheme, json.Boolean("split", missing: true));
    }

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken) =>
        Split(text, prepends: _scheme == PrependScheme.Always);

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> SplitBeginning(
        ReadOnlyMemory<char> text, CancellationToken cancellationToken) =>
        Split(text, prepends: _scheme != PrependScheme.Never);

    private IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, bool prepends)
    {
        string written = text.ToString().Replace(" ", Replacement, StringComparison.Ordinal);
        if (prepends && !written.StartsWith(Replacement, StringComparison.Ordinal))
            written = Replacement + written;

        int word = 0;
        for (int next; _splits && (next = FindNext(written, word)) >= 0; word = next)
            yield return written.AsMemory(word..next);

        yield return written.AsMemory(word);
    }

    /// <summary>The start of the word after the one at a position; less than 0 at the last word.</summary>
    private int FindNext(string text, int word)
    {
        int from = word + (text.AsSpan(word).StartsWith(Replacement, StringComparison.Ordinal) ? Replacement.Length : 1);
        int found = text.AsSpan(from).IndexOf(Replacement, StringComparison.Ordinal);
        return found < 0 ? found : from + found;
    }
}

/// <summary>Which texts get a space at their beginning.</summary>
internal enum PrependScheme
{
    /// <summary>Every one.</summary>
    Always,

    /// <summary>Only the beginning of the encoded text.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
