namespace CodeEmbed.Onnx.Tokenizers.PreTokenizers;

/// <summary>Splits text like GPT-2, for a byte-level model: <c>ByteLevel</c> in Hugging Face's tokenizers.</summary>
/// <remarks>
///   In Hugging Face's tokenizers, this writes each byte as a character. Here the text is unchanged: the model reads its bytes.
/// </remarks>
/// <param name="addPrefixSpace">Whether to add a space to text that does not start with one.</param>
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

    /// <summary>Equivalent steps for a Split with GPT-2's own pattern before this one.</summary>
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
