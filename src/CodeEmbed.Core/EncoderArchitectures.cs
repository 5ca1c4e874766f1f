namespace CodeEmbed;

/// <summary>The architectures whose checkpoints can be run; a model of any other needs an ONNX export.</summary>
public static class EncoderArchitectures
{
    /// <summary>RoBERTa, as microsoft/codebert-base is.</summary>
    public const string Roberta = "roberta";

    /// <summary>The values of <c>model_type</c> in a model's config.json.</summary>
    public static IReadOnlyList<string> Known { get; } = [Roberta];
}
