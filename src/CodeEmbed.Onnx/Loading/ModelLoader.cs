using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Models;
using CodeEmbed.Onnx.Pooling;
using CodeEmbed.Onnx.Quantization;
using CodeEmbed.Onnx.Scheduling;
using CodeEmbed.Onnx.Sessions;
using CodeEmbed.Onnx.Tokenizers;
using Microsoft.ML.OnnxRuntime;

namespace CodeEmbed.Onnx.Loading;

/// <summary>Loads a model from its folder.</summary>
internal static class ModelLoader
{
    /// <summary>How many tokens a StaticEmbedding of sentence-transformers sees.</summary>
    private const int NoLimit = int.MaxValue;

    private const string TrialText = "def add(a, b):\n    return a + b\n";

    /// <summary>Loads a model.</summary>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="EmbeddingOptionException">The model has not what an option asks for.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    public static LoadedModel Load(EmbeddingServiceOptions options, CancellationToken cancellationToken) =>
        Load(options, provider: null, cancellationToken);

    /// <summary>Loads a model on a provider, whatever device the options ask for: for tests and trials.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    /// <param name="provider">The provider; <see langword="null"/> for that of the device.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    internal static LoadedModel Load(
        EmbeddingServiceOptions options, ExecutionProvider? provider, CancellationToken cancellationToken)
    {
        ModelFolder folder = ModelFolder.Find(options);

        // Who asked for a model of the Hub knows it by that name, and not by a folder of the cache.
        string name = options.ModelName ?? options.Model;
        try
        {
            SentenceTransformer model = SentenceTransformer.Read(folder);
            if (!model.IsStatic)
                model.Transformer.RequireModel();

            // To read a tokenizer takes about as long as to make a session, and happens beside it.
            using var reading = new BackgroundResult<Tokenizer>(_ => ReadTokenizer(model), cancellationToken);
            IEncoderSource source = OpenSource(model, reading, cancellationToken);
            try
            {
                return Load(options, provider, model, reading, source, cancellationToken);
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }
        catch (OutOfMemoryException e)
        {
            throw new ModelLoadException(name, "there is not enough memory for its weights.", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelLoadException(name, $"{OrtMessage.Describe(e)}.", e);
        }
        catch (Exception e) when (e is ModelFormatException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            // Whatever is wrong with a model's files, the user gets the one error that says which model. A mistake in this
            // program is not the model's, and stays what it is.
            throw new ModelLoadException(name, e.Message, e);
        }
    }

    /// <summary>Reads the tokenizer of a model.</summary>
    public static Tokenizer ReadTokenizer(SentenceTransformer model)
    {
        // The programs of static models read nothing beside this file.
        if (model.IsStatic)
            return TokenizerJson.Read(model.Transformer.Require(TokenizerJson.FileName), config: null);

        Tokenizer tokenizer = TokenizerReader.Read(model.Transformer);
        return model.Lowercase ? tokenizer.Lowercasing() : tokenizer;
    }

    /// <summary>Opens the encoder. If the tokenizer cannot be read either, that is the error, whichever came first.</summary>
    private static IEncoderSource OpenSource(
        SentenceTransformer model, BackgroundResult<Tokenizer> reading, CancellationToken cancellationToken)
    {
        try
        {
            return model.IsStatic
                ? StaticSource.Open(model.Transformer)
                : EncoderSources.Open(model.Transformer, cancellationToken);
        }
        catch
        {
            _ = reading.Wait();
            throw;
        }
    }

    private static LoadedModel Load(
        EmbeddingServiceOptions options,
        ExecutionProvider? provider,
        SentenceTransformer model,
        BackgroundResult<Tokenizer> reading,
        IEncoderSource source,
        CancellationToken cancellationToken)
    {
        int maxLength = ChooseMaxLength(options.MaxLength, model, source.MaxLength, source.Rule);
        PoolingHead head = MakeHead(options, model);
        var tokenizer = new Lazy<Tokenizer>(() =>
        {
            Tokenizer read = reading.Wait().Under(source.Rule);
            CheckTokens(read, source, options, maxLength);
            return read;
        });
        long[] Encode(string text) => tokenizer.Value.Encode(text, maxLength, cancellationToken).Ids;

        // Reading every weight for the fingerprint happens beside the making of the session.
        using var fingerprint = new BackgroundResult<Fingerprint>(
            stop => Fingerprint.Compute(
                source, head, tokenizer.Value, maxLength, options.Overflow, options.Precision, stop),
            cancellationToken);
        var chooser = new EncoderChooser(
            source, head, () => Encode(TrialText), NvidiaGpu.OfThisMachine, options.Precision);
        bool isInt8 = options.Precision == EmbeddingPrecision.Int8;
        DeviceChoice choice = isInt8
            ? chooser.CreateInt8(options.Device, Encode(CalibrationText.Value), cancellationToken)
            : provider is not null ? chooser.CreateOn(provider, cancellationToken)
            : chooser.Create(options.Device, cancellationToken);
        try
        {
            if (choice.Encoder is { IsPooled: true } and not RectangleEncoder && options.Pooling != EmbeddingPooling.None)
            {
                throw new EmbeddingOptionException(
                    nameof(options.Pooling),
                    $"{options.Pooling}",
                    $"cannot be given: this model is {(model.IsStatic ? "a static one" : "an ONNX export")} that pools by "
                    + "itself.",
                    "Leave it out.");
            }

            bool runsBatches = choice.Encoder is IBatchEncoder;
            if (options.MaxBatchTokens is { } requested && !runsBatches)
            {
                throw new EmbeddingOptionException(
                    nameof(options.MaxBatchTokens),
                    $"{requested}",
                    $"is for a device with its own memory that runs batches, and the device {choice.Device} runs this model "
                    + "without padding.",
                    "Leave it out.");
            }

            (NvidiaCard? card, string? accelerator) = FindCard(choice.Device);

            // A device that is not the processor does its own work side by side.
            int threads = choice.Device == EmbeddingDevice.Cpu ? ThreadCount.For(options.Threads) : 1;
            Fingerprint identity = fingerprint.Wait();
            var description = new EmbeddingModel
            {
                Name = options.ModelName ?? model.Transformer.Name,
                Dimensions = choice.Dimensions,
                MaxLength = maxLength,
                Overflow = options.Overflow,
                Device = choice.Device,
                DeviceReason = choice.Reason,
                Warning = choice.Warning,
                Precision = options.Precision,
                Instructions = isInt8 ? Int8Instructions.Current.Name : null,
                Fingerprint = identity.Value,
                FingerprintParts = identity.Parts,
                Options = options,
                Prompts = model.Prompts,
                Threads = threads,
                Accelerator = accelerator,
                MaxBatchTokens = runsBatches ? options.MaxBatchTokens ?? TokenBudget.For(card) : null,
                Runtime = source.ProcessorOnly is null ? OrtRuntime.Name : null,
            };

            int promptTokens = LoadedModel.CountPromptTokens(tokenizer.Value, head.Prompt, maxLength, cancellationToken);
            int before = Math.Max(promptTokens, tokenizer.Value.StartIds.Count);
            RequireRoom(options, maxLength - before - tokenizer.Value.EndIds.Count);
            return new LoadedModel(description, tokenizer.Value, source, choice.Encoder, head, promptTokens);
        }
        catch
        {
            choice.Encoder.Dispose();
            throw;
        }
    }

    /// <summary>What is known of the card, and the same in words.</summary>
    private static (NvidiaCard? Card, string? Description) FindCard(EmbeddingDevice device)
    {
        if (device != EmbeddingDevice.Cuda)
            return (null, null);

        NvidiaCard? card = NvidiaCard.Read(
            out string problem, visible: Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));
        return (card, card?.ToString() ?? $"the card is not known, as {problem}");
    }

    private static PoolingHead MakeHead(EmbeddingServiceOptions options, SentenceTransformer model) => new()
    {
        Pooling = options.Pooling != EmbeddingPooling.None ? options.Pooling : model.Pooling ?? EmbeddingPooling.Mean,
        Layers = [.. model.Layers.Select(layer => HeadLayer.Read(layer.Type, layer.Folder))],
        Normalize = options.Normalize && model.Normalize,
        Dimensions = options.Dimensions,
        Prompt = model.FindPrompt(options),
        IncludePrompt = model.IncludePrompt,
    };

    /// <summary>How many tokens a model sees.</summary>
    /// <param name="requested">What was asked for, or <see langword="null"/>.</param>
    /// <param name="model">What the model's files say.</param>
    /// <param name="possible">How many it can see, or <see langword="null"/> where there is no limit.</param>
    /// <param name="rule">How its texts are encoded.</param>
    /// <exception cref="EmbeddingOptionException">What was asked for is out of range.</exception>
    public static int ChooseMaxLength(
        int? requested, SentenceTransformer model, int? possible, EncodingRule rule)
    {
        int largest = possible ?? int.MaxValue;
        if (requested is not { } maxLength)
            return rule == EncodingRule.Plain ? NoLimit : model.DefaultMaxLength(possible);

        if (maxLength >= EmbeddingServiceOptions.SmallestMaxLength && maxLength <= largest)
            return maxLength;

        string limits = possible is null
            ? $"at least {EmbeddingServiceOptions.SmallestMaxLength}"
            : $"{EmbeddingServiceOptions.SmallestMaxLength} to {largest}";
        throw new EmbeddingOptionException(
            nameof(EmbeddingServiceOptions.MaxLength),
            $"{maxLength}",
            $"is outside of the range of this model: {limits} tokens.",
            "Give a length in this range, or leave it out.");
    }

    /// <summary>Checks that a window has room for what comes after the prompt.</summary>
    private static void RequireRoom(EmbeddingServiceOptions options, int room)
    {
        if (options.Overflow == EmbeddingOverflow.Window && room < 1)
        {
            throw new EmbeddingOptionException(
                nameof(options.Overflow),
                $"{options.Overflow}",
                "cannot be used: the prompt fills every window, which leaves no room for the text.",
                "Give a shorter prompt or a larger maximum length.");
        }
    }

    private static void CheckTokens(
        Tokenizer tokenizer, IEncoderSource source, EmbeddingServiceOptions options, int maxLength)
    {
        if (tokenizer.LargestId >= source.VocabularySize)
        {
            throw new ModelFormatException(
                source.ProcessorOnly is null
                    ? $"the tokenizer has the id {tokenizer.LargestId}, and vocab_size in config.json is {source.VocabularySize}."
                    : $"the tokenizer has the id {tokenizer.LargestId}, and the table has {source.VocabularySize} tokens.");
        }

        if (tokenizer.SpecialTokens >= maxLength)
        {
            string problem =
                $"the tokenizer adds {tokenizer.SpecialTokens} special tokens, which leaves no room for text in {maxLength} "
                + "tokens.";
            throw options.MaxLength is null
                ? new ModelFormatException(problem)
                : new EmbeddingOptionException(
                    nameof(options.MaxLength), $"{maxLength}", $"is too small: {problem}", "Give a larger one, or leave it out.");
        }
    }
}
