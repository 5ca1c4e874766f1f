namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits text as GPT-2 does, for a model of bytes: <c>ByteLevel</c> of Hugging Face's tokenizers.</summary>
/// <remarks>
///   Hugging Face's writes each byte as a character here. Ours leaves the text: the model takes the bytes of its words.
/// </remarks>
/// <param name="addPrefixSpace">Whether text that starts with no space is given one.</param>
/// <param name="splits">Whether it splits: see <see cref="Gpt2Pattern"/>.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool splits) : PreTokenizer, IStage<PreTokenizer>
{
    /// <inheritdoc/>
    public static IReadOnlyList<string> Types { get; } = ["ByteLevel"];

    /// <inheritdoc/>
    public override string Identity => Tokenizers.Identity.Of("ByteLevel", addPrefixSpace, splits);

    /// <inheritdoc/>
    public override bool GivesBytes => true;

    /// <inheritdoc/>
    public static PreTokenizer Read(TokenizerJsonObject json) =>
        new ByteLevelPreTokenizer(json.Boolean("add_prefix_space"), json.Boolean("use_regex", missing: true));

    /// <summary>Steps that do the same, where GPT-2's own pattern is written out in a Split before this one.</summary>
    public static PreTokenizer[] Join(PreTokenizer[] steps) =>
        steps is [.. var before, SplitPreTokenizer { IsGpt2: true }, ByteLevelPreTokenizer { ChangesNothing: true }]
            ? [.. before, new ByteLevelPreTokenizer(addPrefixSpace: false, splits: true)]
            : steps;

    /// <inheritdoc/>
    public override IEnumerable<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<char> prepared = addPrefixSpace && text.Span[0] != ' ' ? $" {text}".AsMemory() : text;
        return splits ? Gpt2Pattern.Split(prepared) : [prepared];
    }

    /// <inheritdoc/>
    public override PreTokenizer Configure(TokenizerConfig config) => new ByteLevelPreTokenizer(config.AddPrefixSpace, splits);

    private bool ChangesNothing => !addPrefixSpace && !splits;
}
