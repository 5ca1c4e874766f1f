using System.Reflection;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>A stage that tokenizer.json names by its <c>type</c>. Classes that implement this are found by reflection.</summary>
/// <typeparam name="TStage">The kind of stage: a normalizer, a pre-tokenizer, a model or a post-processor.</typeparam>
internal interface IStage<TStage>
{
    /// <summary>The values of <c>type</c> that mean it.</summary>
    static abstract IReadOnlyList<string> Types { get; }

    /// <summary>Reads one.</summary>
    /// <exception cref="ModelFormatException">A member is missing, or has a value that is not supported.</exception>
    static abstract TStage Read(TokenizerJsonObject json);
}

/// <summary>Reads stages of all kinds.</summary>
internal static class Stages
{
    /// <summary>The type of a list of stages.</summary>
    public const string Sequence = "Sequence";

    /// <summary>Whether something is a list of stages.</summary>
    /// <exception cref="ModelFormatException">It does not have a type.</exception>
    public static bool IsSequence(TokenizerJsonObject json) => json.Kind == Sequence;
}

/// <summary>Reads the stages of one kind from tokenizer.json.</summary>
/// <typeparam name="TStage">The kind.</typeparam>
internal static class Stages<TStage>
{
    private static readonly SortedDictionary<string, Func<TokenizerJsonObject, TStage>> Readers = Find();

    /// <summary>Reads a stage.</summary>
    /// <exception cref="ModelFormatException">It is not supported.</exception>
    public static TStage Read(TokenizerJsonObject json) => Read(json, json.Kind, Readers.Keys);

    /// <summary>Reads a stage whose type is not in the file.</summary>
    /// <exception cref="ModelFormatException">It is not supported.</exception>
    public static TStage Read(TokenizerJsonObject json, string type) => Readers[type](json);

    /// <summary>Reads a stage, or the stages in a Sequence, at any depth.</summary>
    /// <param name="json">The stage; <see langword="null"/> for none.</param>
    /// <param name="member">The member of a Sequence that lists its stages.</param>
    /// <exception cref="ModelFormatException">One is not supported.</exception>
    public static TStage[] ReadAll(TokenizerJsonObject? json, string member)
    {
        return json is { } first
            ? [.. Flatten(first).Select(stage => Read(stage, stage.Kind, [.. Readers.Keys, Stages.Sequence]))]
            : [];

        IEnumerable<TokenizerJsonObject> Flatten(TokenizerJsonObject stage) =>
            Stages.IsSequence(stage) ? stage.Objects(member).SelectMany(Flatten) : [stage];
    }

    private static TStage Read(TokenizerJsonObject json, string type, IEnumerable<string> known) =>
        Readers.TryGetValue(type, out Func<TokenizerJsonObject, TStage>? read)
            ? read(json)
            : throw json.UnknownKind(string.Join(", ", known.Order(StringComparer.Ordinal)));

    private static SortedDictionary<string, Func<TokenizerJsonObject, TStage>> Find()
    {
        var readers = new SortedDictionary<string, Func<TokenizerJsonObject, TStage>>(StringComparer.Ordinal);
        MethodInfo add = typeof(Stages<TStage>).GetMethod(nameof(Add), BindingFlags.NonPublic | BindingFlags.Static)!;
        IEnumerable<Type> stages = typeof(Stages<TStage>).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IStage<TStage>)));
        foreach (Type stage in stages)
            add.MakeGenericMethod(stage).Invoke(null, [readers]);

        return readers;
    }

    private static void Add<T>(SortedDictionary<string, Func<TokenizerJsonObject, TStage>> readers)
        where T : IStage<TStage>
    {
        foreach (string type in T.Types)
            readers.Add(type, T.Read);
    }
}
