using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tokenization;
using CodeEmbed.Onnx.Weights;

namespace CodeEmbed.Onnx;

/// <summary>Loads a model from its folder.</summary>
internal static class ModelLoader
{
    private const EmbeddingPrecision Precision = EmbeddingPrecision.Float32;
    private const string TrialText = "def add(a, b):\n    return a + b\n";

    /// <summary>Loads a model.</summary>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    public static LoadedModel Load(EmbeddingServiceOptions options, CancellationToken cancellationToken)
    {
        ModelFolder folder = ModelFolder.Find(options);
        try
        {
            return Load(folder, options, cancellationToken);
        }
        catch (OutOfMemoryException e)
        {
            throw new ModelLoadException(options.Model, "there is not enough memory for its weights.", e);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever is wrong with a model's files, the user gets the one error that says which model.
            throw new ModelLoadException(options.Model, e.Message, e);
        }
    }

    private static LoadedModel Load(ModelFolder folder, EmbeddingServiceOptions options, CancellationToken cancellationToken)
    {
        RobertaConfig config = RobertaConfig.Read(folder);
        int maxLength = CheckMaxLength(options.MaxLength, config);
        TokenizerDefinition definition = TokenizerDefinition.Read(folder);
        CheckTokens(definition, config, maxLength);
        var tokenizer = new ByteLevelBpeTokenizer(definition);

        // What has been made is freed in the opposite order if the next part fails.
        var parts = new Stack<IDisposable>();
        try
        {
            Checkpoint checkpoint = Keep(parts, Checkpoint.Open(folder));
            RobertaWeights weights = Keep(parts, RobertaWeights.Load(checkpoint, config, cancellationToken));

            // Reading every weight for the fingerprint goes on beside the making of the session.
            using var fingerprint = new BackgroundResult<string>(
                stop => Fingerprint.Compute(config, weights, definition, maxLength, Precision, options.Normalize, stop), cancellationToken);
            long[] trial = tokenizer.Encode(TrialText, maxLength, cancellationToken).Ids;
            var sessions = new EncoderSessionFactory(config, weights, ThreadCount.For(options.Threads), trial);
            DeviceChoice choice = sessions.Create(options.Device, cancellationToken);
            Keep(parts, choice.Session);
            var description = new EmbeddingModel
            {
                Name = folder.Name,
                Dimensions = config.HiddenSize,
                MaxLength = maxLength,
                Device = choice.Device,
                DeviceReason = choice.Reason,
                DeviceWarning = choice.Warning,
                Precision = Precision,
                Fingerprint = fingerprint.Wait(),
            };
            return new LoadedModel(description, options.Normalize, config, tokenizer, choice.Session, parts);
        }
        catch
        {
            foreach (IDisposable part in parts)
                part.Dispose();

            throw;
        }
    }

    private static T Keep<T>(Stack<IDisposable> parts, T part)
        where T : IDisposable
    {
        parts.Push(part);
        return part;
    }

    private static int CheckMaxLength(int? requested, RobertaConfig config)
    {
        if (requested is not { } maxLength)
            return Math.Min(EmbeddingServiceOptions.DefaultMaxLength, config.MaxLength);

        if (maxLength < EmbeddingServiceOptions.SmallestMaxLength || maxLength > config.MaxLength)
        {
            throw new ModelFormatException(
                $"the maximum length {maxLength} is outside of what this model can see: {EmbeddingServiceOptions.SmallestMaxLength} to {config.MaxLength} tokens.");
        }

        return maxLength;
    }

    private static void CheckTokens(TokenizerDefinition definition, RobertaConfig config, int maxLength)
    {
        if (definition.LargestId >= config.VocabularySize)
            throw new ModelFormatException($"the tokenizer has the id {definition.LargestId}, and vocab_size in config.json is {config.VocabularySize}.");

        if (definition.SpecialTokens >= maxLength)
        {
            throw new ModelFormatException(
                $"the tokenizer adds {definition.SpecialTokens} special tokens, which leaves no room for text in {maxLength} tokens.");
        }
    }
}
