using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;

namespace CodeEmbed.Onnx.Loading;

/// <summary>The content of the sentence-transformers files in a model folder; a folder without them is a plain encoder.</summary>
internal sealed record SentenceTransformer
{
    private const string PoolingConfigName = ModelFileNames.Config;

    private const string PoolingModeKey = "pooling_mode", MeanFlag = "pooling_mode_mean_tokens";

    private static readonly (string Name, string Flag, EmbeddingPooling Mode)[] PoolingModes =
    [
        ("cls", "pooling_mode_cls_token", EmbeddingPooling.Cls),
        ("max", "pooling_mode_max_tokens", EmbeddingPooling.Max),
        ("mean", MeanFlag, EmbeddingPooling.Mean),
        ("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", EmbeddingPooling.MeanSqrtLength),
        ("weightedmean", "pooling_mode_weightedmean_tokens", EmbeddingPooling.WeightedMean),
        ("lasttoken", "pooling_mode_lasttoken", EmbeddingPooling.LastToken),
    ];

    /// <summary>The folder of the encoder and its tokenizer.</summary>
    public required ModelFolder Transformer { get; init; }

    /// <summary>Whether the encoder is a static one: a table.</summary>
    public bool IsStatic { get; init; }

    /// <summary>How hidden states become one vector, or <see langword="null"/> if no file says so.</summary>
    public EmbeddingPooling? Pooling { get; init; }

    /// <summary>Whether the tokens of a prompt count in the pooling.</summary>
    public bool IncludePrompt { get; init; } = true;

    /// <summary>The modules after pooling and their folders, except a last one that scales vectors to length 1.</summary>
    public IReadOnlyList<(string Type, ModelFolder Folder)> Layers { get; init; } = [];

    /// <summary>Whether vectors are scaled to length 1.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Whether letters are lower-cased first: <c>do_lower_case</c>.</summary>
    public bool Lowercase { get; init; }

    /// <summary>How many tokens the model is meant to see, or <see langword="null"/> if no file says so.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    ///   How many tokens the model can see according to the tokenizer, or <see langword="null"/> if it has no limit.
    /// </summary>
    public int? TokenizerLimit { get; init; }

    /// <summary>The prompts by name.</summary>
    public IReadOnlyDictionary<string, string> Prompts { get; init; } = new Dictionary<string, string>();

    /// <summary>The prompt that is used if none is requested.</summary>
    public string? DefaultPromptName { get; init; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="ModelFormatException">A module cannot be run, or a file is not valid.</exception>
    public static SentenceTransformer Read(ModelFolder folder)
    {
        if (folder.Find(ModelFileNames.Modules) is not { } modulesPath)
        {
            if (folder.Find(ModelFileNames.Config) is { } config && JsonFile.ReadObject(config, ReadBareStatic) is { } normalize)
                return new SentenceTransformer { Transformer = folder, IsStatic = true, Normalize = normalize };

            return new SentenceTransformer
            {
                Transformer = folder,
                TokenizerLimit = ReadIfThere(folder, ModelFileNames.TokenizerConfig, ReadTokenizerLength),
            };
        }

        ModelModule[] modules = [.. JsonFile.ReadArray(modulesPath, ModelModule.ReadAll)];
        if (ModuleChain.FindProblem(modules) is { } problem)
            throw new ModelFormatException(problem);

        modules = [.. modules.Where(module => module.Type != ModelModule.Dropout)];
        if (modules[0].Type == ModelModule.StaticEmbedding)
            return ReadStatic(folder, modules[0], modules[1..]);

        ModelModule transformer = modules[0], pooling = modules[1];
        ModelModule[] others = modules[2..];
        (EmbeddingPooling modes, bool includePrompt) = JsonFile.ReadObject(
            folder.Of(pooling).Require(PoolingConfigName), ReadPooling);
        ModelFolder encoder = folder.Of(transformer);
        TransformerSettings settings = TransformerSettings.Read(encoder);
        var read = new SentenceTransformer
        {
            Transformer = encoder,
            Pooling = modes,
            IncludePrompt = includePrompt,
            Layers = ListLayers(folder, others),
            Normalize = others is [.., { Type: ModelModule.Normalize }],
            MaxLength = settings.MaxLength,
            Lowercase = settings.Lowercase,
            TokenizerLimit = ReadIfThere(encoder, ModelFileNames.TokenizerConfig, ReadTokenizerLength),
        };
        return ReadPrompts(folder, read);
    }

    /// <summary>
    ///   How many tokens the model sees if no length is requested: as many as it is meant to, or else as it can, by its positions
    ///   and its tokenizer, as in sentence-transformers; <see cref="EmbeddingServiceOptions.DefaultMaxLength"/> if no file says
    ///   anything.
    /// </summary>
    /// <param name="possible">How many its positions allow, or <see langword="null"/> if no file says so.</param>
    public int DefaultMaxLength(int? possible)
    {
        int largest = possible ?? int.MaxValue;
        int unasked = Math.Min(TokenizerLimit ?? int.MaxValue, largest);
        return Math.Min(MaxLength ?? (unasked == int.MaxValue ? EmbeddingServiceOptions.DefaultMaxLength : unasked), largest);
    }

    /// <summary>The output length of the last layer that changes the length; <see langword="null"/> if none does.</summary>
    /// <exception cref="ModelFormatException">The configuration of a layer does not give it.</exception>
    public int? FindLayerWidth() => Layers.LastOrDefault(layer => layer.Type == ModelModule.Dense).Folder is { } dense
        ? JsonFile.ReadObject(dense.Require(ModelFileNames.Config), root => (int?)HeadLayer.ReadSize(root, "out_features"))
        : null;

    /// <summary>The text to put before every snippet.</summary>
    /// <exception cref="EmbeddingOptionException">The model has no prompt with this name.</exception>
    /// <exception cref="ModelFormatException">The model has no prompt with the name of its default.</exception>
    public string FindPrompt(EmbeddingServiceOptions options)
    {
        if (options.Prompt is not null && options.PromptName is not null)
        {
            throw new EmbeddingOptionException(
                nameof(options.PromptName), options.PromptName, "cannot be given together with Prompt.", "Give one of the two.");
        }

        if (options.Prompt is not null)
            return options.Prompt;

        if ((options.PromptName ?? DefaultPromptName) is not { } name)
            return string.Empty;

        if (Prompts.TryGetValue(name, out string? prompt))
            return prompt;

        if (options.PromptName is null)
        {
            throw new ModelFormatException(
                $"default_prompt_name is {MessageText.Quote(name)} in {ModelFileNames.SentenceConfig}, but there is no such "
                + "prompt.");
        }

        throw new EmbeddingOptionException(
            nameof(options.PromptName),
            name,
            Prompts.Count == 0
                ? "is not a prompt of this model, which has none."
                : $"is not a prompt of this model, which has {MessageText.QuoteList(Prompts.Keys)}.",
            Prompts.Count == 0
                ? "Omit it, or give the text itself as the prompt."
                : "Give one of these, or the text itself as the prompt.");
    }

    /// <summary>The layers, except a last one that scales vectors to length 1.</summary>
    private static (string Type, ModelFolder Folder)[] ListLayers(ModelFolder folder, ModelModule[] modules)
    {
        foreach (ModelModule module in modules)
            HeadLayer.RequireTextVector(folder.Of(module));

        return
        [
            .. modules.SkipLast(modules is [.., { Type: ModelModule.Normalize }] ? 1 : 0)
                .Select(module => (module.Type, folder.Of(module))),
        ];
    }

    private static SentenceTransformer ReadStatic(ModelFolder folder, ModelModule table, ModelModule[] others) =>
        ReadPrompts(folder, new SentenceTransformer
        {
            Transformer = folder.Of(table),
            IsStatic = true,
            Layers = ListLayers(folder, others),
            Normalize = others is [.., { Type: ModelModule.Normalize }],
        });

    /// <summary>
    ///   Whether Model2Vec scales vectors to length 1, according to the config.json of a Model2Vec model; <see langword="null"/>
    ///   if the model is not one.
    /// </summary>
    private static bool? ReadBareStatic(JsonElement root) =>
        ModelFileNames.FindModelType(root) == ModelFileNames.StaticModelType
            ? root.TryGetProperty(ModelFileNames.Normalize, out JsonElement value) && value.ValueKind == JsonValueKind.True
            : null;

    private static SentenceTransformer ReadPrompts(ModelFolder folder, SentenceTransformer read) =>
        folder.Find(ModelFileNames.SentenceConfig) is { } path
            ? JsonFile.ReadObject(path, root => ReadPrompts(root, read))
            : read;

    private static (EmbeddingPooling Modes, bool IncludePrompt) ReadPooling(JsonElement root)
    {
        EmbeddingPooling modes = root.TryGetProperty(PoolingModeKey, out JsonElement mode) && mode.ValueKind != JsonValueKind.Null
            ? ReadNamedModes(mode)
            : ReadFlaggedModes(root);
        return (
            modes, !(root.TryGetProperty("include_prompt", out JsonElement include) && include.ValueKind == JsonValueKind.False));
    }

    /// <summary>
    ///   The form that newer versions of sentence-transformers write: one name, or a list of them, in the order of the vector's
    ///   parts.
    /// </summary>
    private static EmbeddingPooling ReadNamedModes(JsonElement value)
    {
        JsonElement[] names = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        var modes = EmbeddingPooling.None;
        foreach (JsonElement name in names)
        {
            EmbeddingPooling mode =
                PoolingModes.FirstOrDefault(entry => name.ValueKind == JsonValueKind.String && name.ValueEquals(entry.Name)).Mode;
            if (mode == EmbeddingPooling.None)
            {
                throw new ModelFormatException(
                    $"the pooling {MessageText.Shorten(name.GetRawText())} is not known; supported: "
                    + $"{string.Join(", ", PoolingModes.Select(entry => $"'{entry.Name}'"))}.");
            }

            // The flags are in the order in which the parts are concatenated.
            if (mode <= modes)
            {
                throw new ModelFormatException(
                    $"the poolings {MessageText.Shorten(value.GetRawText())} cannot be concatenated in this order.");
            }

            modes |= mode;
        }

        return modes != EmbeddingPooling.None
            ? modes
            : throw new ModelFormatException($"the pooling's {PoolingConfigName} does not name a pooling.");
    }

    /// <summary>
    ///   The older form: a flag for each mode. The default in sentence-transformers is the mean.
    /// </summary>
    private static EmbeddingPooling ReadFlaggedModes(JsonElement root)
    {
        EmbeddingPooling modes = root.TryGetProperty(MeanFlag, out _) ? EmbeddingPooling.None : EmbeddingPooling.Mean;
        foreach (
            JsonProperty property in root.EnumerateObject().Where(
                property => property.Value.ValueKind == JsonValueKind.True && property.Name.StartsWith(
                    PoolingModeKey + "_", StringComparison.Ordinal)))
        {
            EmbeddingPooling mode = PoolingModes.FirstOrDefault(entry => entry.Flag == property.Name).Mode;
            modes |= mode != EmbeddingPooling.None
                ? mode
                : throw new ModelFormatException($"the pooling {MessageText.Quote(property.Name)} is not known.");
        }

        return modes != EmbeddingPooling.None
            ? modes
            : throw new ModelFormatException(
                $"the pooling's {PoolingConfigName} has no {PoolingModeKey}, and sets none of "
                + $"{string.Join(", ", PoolingModes.Select(entry => entry.Flag))}.");
    }

    private static int? ReadIfThere(ModelFolder folder, string name, Func<JsonElement, int?> read) =>
        folder.Find(name) is { } path ? JsonFile.ReadObject(path, read) : null;

    /// <summary>A tokenizer without a limit has a number that does not fit in 32 bits.</summary>
    private static int? ReadTokenizerLength(JsonElement root) =>
        root.TryGetProperty("model_max_length", out JsonElement length) && length.ValueKind == JsonValueKind.Number
            && length.TryGetInt32(out int value) && value >= EmbeddingServiceOptions.SmallestMaxLength ? value : null;

    private static SentenceTransformer ReadPrompts(JsonElement root, SentenceTransformer read)
    {
        var prompts = new Dictionary<string, string>();
        if (root.TryGetProperty("prompts", out JsonElement entries) && entries.ValueKind == JsonValueKind.Object)
        {
            foreach (
                JsonProperty entry in entries.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String))
                prompts[entry.Name] = entry.Value.GetString()!;
        }

        string? standard = root.TryGetProperty("default_prompt_name", out JsonElement name)
            && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        return read with { Prompts = prompts, DefaultPromptName = standard };
    }
}
