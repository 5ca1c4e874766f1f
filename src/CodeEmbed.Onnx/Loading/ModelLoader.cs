using CodeEmbed.Files;
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
    /// <summary>How many tokens a StaticEmbedding in sentence-transformers sees.</summary>
    private const int NoLimit = int.MaxValue;

    private const string TrialText = "def add(a, b):\n    return a + b\n";

    /// <summary>Loads a model.</summary>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="EmbeddingOptionException">The model does not have what an option asks for.</exception>
    /// <exception cref="OperationCanceledException">The loading was stopped.</exception>
    public static LoadedModel Load(EmbeddingServiceOptions options, CancellationToken cancellationToken) =>
        Load(options, provider: null, cancellationToken);

    /// <summary>Loads a model on a provider, whatever device the options ask for: for tests and experiments.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    /// <param name="provider">The provider; <see langword="null"/> for that of the device.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    internal static LoadedModel Load(
        EmbeddingServiceOptions options, ExecutionProvider? provider, CancellationToken cancellationToken)
    {
        ModelFolder folder = ModelFolder.Find(options);

        // A user who asked for a model from the Hub knows it by its name there, not by a folder in the cache.
        string name = options.ModelName ?? options.Model;
        try
        {
            SentenceTransformer model = SentenceTransformer.Read(folder);
            if (!model.IsStatic)
                model.Transformer.RequireModel();

            // Reading a tokenizer takes about as long as creating a session, so the two run in parallel.
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
            // Whatever is wrong with a model's files, the user gets the error type that names the model. A bug in this program is
            // not the model's fault, and passes through unchanged.
            throw new ModelLoadException(name, FileError.OfReading(e, path: string.Empty).Problem, e);
        }
    }

    /// <summary>Reads the tokenizer of a model.</summary>
    public static Tokenizer ReadTokenizer(SentenceTransformer model)
    {
        // The reference programs for static models read only this file.
        if (model.IsStatic)
            return TokenizerJson.Read(model.Transformer.Require(TokenizerJson.FileName), config: null);

        Tokenizer tokenizer = TokenizerReader.Read(model.Transformer);
        return model.Lowercase ? tokenizer.Lowercasing() : tokenizer;
    }

    /// <summary>Opens the encoder. If the tokenizer cannot be read either, its error is the one to report.</summary>
    private static IEncoderSource OpenSource(
        SentenceTransformer model, BackgroundResult<Tokenizer> reading, CancellationToken cancellationToken)
    {
        try
        {
            return model.IsStatic
                ? StaticSource.Open(model.Transformer)
                : EncoderSources.Open(model.Transformer, model.MaxLength, cancellationToken);
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

        // All weights are read for the fingerprint while the session is created.
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
            if (choice.Encoder.IsPooled && !source.PoolsAsAsked && options.Pooling != EmbeddingPooling.None)
            {
                throw new EmbeddingOptionException(
                    nameof(options.Pooling),
                    $"{options.Pooling}",
                    $"cannot be given: this model is {(model.IsStatic ? "a static one" : "an ONNX export")} that pools by "
                    + "itself.",
                    "Omit it.");
            }

            bool runsPaddedBatches = choice.Encoder is IPaddedBatchEncoder;
            if (options.MaxBatchTokens is { } requested && !runsPaddedBatches)
            {
                throw new EmbeddingOptionException(
                    nameof(options.MaxBatchTokens),
                    $"{requested}",
                    $"is for a device with its own memory that runs batches, and the device {choice.Device} runs this model "
                    + "without padding.",
                    "Omit it.");
            }

            (NvidiaCard? card, string? accelerator) = FindCard(choice.Device);

            // Devices other than the processor do their own parallel work.
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
                MaxBatchTokens = runsPaddedBatches ? options.MaxBatchTokens ?? TokenBudget.For(card) : null,
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

    /// <summary>The card's data, if known, and a description.</summary>
    private static (NvidiaCard? Card, string? Description) FindCard(EmbeddingDevice device)
    {
        if (device != EmbeddingDevice.Cuda)
            return (null, null);

        NvidiaCard? card = NvidiaCard.Read(
            out string problem,
            NvidiaCard.FindProgram(Environment.GetEnvironmentVariable("PATH")),
            Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES"));
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

    /// <summary>Determines how many tokens a model sees.</summary>
    /// <param name="requested">The requested number, or <see langword="null"/>.</param>
    /// <param name="model">What the model's files say.</param>
    /// <param name="possible">How many it can see, or <see langword="null"/> if there is no limit.</param>
    /// <param name="rule">How its texts are encoded.</param>
    /// <exception cref="EmbeddingOptionException">The requested number is out of range.</exception>
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
            $"is outside the range of this model: {limits} tokens.",
            "Give a length in this range, or omit it.");
    }

    /// <summary>Checks that a window has room for text after the prompt.</summary>
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
                $"the tokenizer adds {tokenizer.SpecialTokens} special tokens, which leave no room for text in {maxLength} "
                + "tokens.";
            throw options.MaxLength is null
                ? new ModelFormatException(problem)
                : new EmbeddingOptionException(
                    nameof(options.MaxLength), $"{maxLength}", $"is too small: {problem}", "Give a larger one, or omit it.");
        }
    }
}
