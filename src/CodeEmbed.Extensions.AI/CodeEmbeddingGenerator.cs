using System.Globalization;
using CodeEmbed.Onnx;
using Microsoft.Extensions.AI;

namespace CodeEmbed.Extensions.AI;

/// <summary>Turns code and other texts into vectors, for programs that use Microsoft.Extensions.AI.</summary>
/// <remarks>
///   <para>
///     The first call loads the model. Calls from several threads share it. A vector depends on nothing but its text, the model
///     and the prompt.
///   </para>
///   <para>
///     Disposing it, also while calls run, stops these, waits until they have ended, about a second, and frees the model.
///   </para>
/// </remarks>
public sealed class CodeEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IAsyncDisposable
{
    /// <summary>The name of the provider in <see cref="Metadata"/>.</summary>
    public const string ProviderName = "codeembed";

    /// <summary>How many texts the service gets at once: a stop or a failure ends a call no later than after so many.</summary>
    private const int BatchSize = 256;

    private readonly IEmbeddingService _service;
    private readonly Lazy<EmbeddingGeneratorMetadata> _expected;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The calls that run, and 1 for the generator itself until it is disposed.
    private int _users = 1;
    private int _disposed;

    /// <summary>Makes a generator of a model. The model is loaded by the first call.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    public CodeEmbeddingGenerator(EmbeddingServiceOptions options)
        : this(new OnnxEmbeddingService(options)) => _expected = new(() => Expect(options));

    /// <summary>Makes a generator of a service.</summary>
    /// <param name="service">The service. It is disposed with the generator.</param>
    public CodeEmbeddingGenerator(IEmbeddingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        _service = service;
        _expected = new(() => new EmbeddingGeneratorMetadata(ProviderName));
    }

    /// <summary>
    ///   The provider, and of the model its name and the length of its vectors. Before the model is loaded they are those that
    ///   its folder tells; what it does not tell is <see langword="null"/>.
    /// </summary>
    public EmbeddingGeneratorMetadata Metadata => _service.Model is { } model
        ? new EmbeddingGeneratorMetadata(ProviderName, null, model.Name, model.Dimensions)
        : _expected.Value;

    /// <summary>Embeds texts.</summary>
    /// <param name="values">The texts. Each may be empty, and none may be <see langword="null"/>.</param>
    /// <param name="options">
    ///   The model's name and the length of its vectors, if given, must be those of this generator.
    ///   <see cref="CodeEmbeddingProperties.PromptKind"/> or <see cref="CodeEmbeddingProperties.Prompt"/> chooses what is put
    ///   before each text. Other additional properties are other programs'.
    /// </param>
    /// <param name="cancellationToken">Stops the work, the loading of the model included, within about a second.</param>
    /// <returns>
    ///   One vector for each text, in the same order, with its <see cref="CodeEmbeddingProperties.Fingerprint"/>,
    ///   <see cref="CodeEmbeddingProperties.TokenCount"/> and <see cref="CodeEmbeddingProperties.TruncatedTokens"/>; and how many
    ///   tokens the model saw of all.
    /// </returns>
    /// <exception cref="ArgumentException">A text is <see langword="null"/>; the message names its index.</exception>
    /// <exception cref="EmbeddingOptionException">An option has a value that this generator cannot give.</exception>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed, before the call or while it ran.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    /// <exception cref="TextEmbeddingException">A text cannot be embedded; it has the text's index.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values,
        EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        string[] texts = [.. values];
        if (Array.IndexOf(texts, null!) is >= 0 and var missing)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The text with the index {missing} is null."), nameof(values));
        }

        CodeSnippet[] snippets = [.. texts.Select(Describe)];
        Enter();
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            return await EmbedAsync(snippets, options, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (
            _stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException("The generator was disposed while it embedded.", e);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            // The caller's own token, and not the linked one, is what the caller knows.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gives what is behind the generator.</summary>
    /// <param name="serviceType">
    ///   <see cref="EmbeddingGeneratorMetadata"/>; <see cref="EmbeddingModel"/>, of a model that is loaded;
    ///   <see cref="IEmbeddingService"/>; or a type of the generator itself.
    /// </param>
    /// <param name="serviceKey">A key; there is nothing under any.</param>
    /// <returns>The object, or <see langword="null"/> where there is none.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
            : serviceType == typeof(EmbeddingModel) ? _service.Model
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_service) ? _service
            : null;
    }

    /// <summary>Stops the calls that run, waits until they have ended, and frees the model.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Stops the calls that run, waits until they have ended, and frees the model.</summary>
    /// <returns>A task that ends when the model is freed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        await _stopping.CancelAsync().ConfigureAwait(false);
        Leave();
        await _idle.Task.ConfigureAwait(false);
        _service.Dispose();
        _stopping.Dispose();
    }

    private static CodeSnippet Describe(string text, int index) => new()
    {
        Id = index.ToString(CultureInfo.InvariantCulture),
        FilePath = string.Empty,
        Language = string.Empty,
        Content = text,
    };

    /// <summary>What the model's folder says of it, where it can be read. Where it cannot, the first call says why.</summary>
    private static EmbeddingGeneratorMetadata Expect(EmbeddingServiceOptions options)
    {
        string? folder = OnnxModelInspector.FindFolder(options);
        return new EmbeddingGeneratorMetadata(
            ProviderName,
            null,
            options.ModelName ?? Path.GetFileName(folder),
            options.Dimensions ?? (folder is null ? null : new OnnxModelInspector().Inspect(folder).Dimensions));
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> EmbedAsync(
        CodeSnippet[] snippets, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(snippets.Length);
        long tokens = 0;
        string? prompt = null;
        if (options is not null)
        {
            EmbeddingModel model = await _service.LoadAsync(cancellationToken).ConfigureAwait(false);
            prompt = RequestedOptions.FindPrompt(options, model);
        }

        DateTimeOffset created = DateTimeOffset.UtcNow;
        for (int start = 0; start < snippets.Length; start += BatchSize)
        {
            var batch = new ArraySegment<CodeSnippet>(snippets, start, Math.Min(BatchSize, snippets.Length - start));
            IReadOnlyList<Outcome<CodeEmbedding>> outcomes = prompt is null
                ? await _service.EmbedAsync(batch, cancellationToken).ConfigureAwait(false)
                : await _service.EmbedAsync(batch, prompt, cancellationToken).ConfigureAwait(false);
            foreach ((int index, Outcome<CodeEmbedding> outcome) in outcomes.Index())
            {
                if (outcome.IsRejected)
                {
                    throw new TextEmbeddingException(
                        start + index, outcomes.Count(each => each.IsRejected), outcome.Rejected.Reason);
                }

                tokens += outcome.Value.TokenCount;
                embeddings.Add(Describe(outcome.Value, created));
            }
        }

        embeddings.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
        return embeddings;
    }

    private static Embedding<float> Describe(CodeEmbedding embedding, DateTimeOffset created) => new(embedding.Vector)
    {
        CreatedAt = created,
        ModelId = embedding.ModelName,
        AdditionalProperties = new AdditionalPropertiesDictionary
        {
            [CodeEmbeddingProperties.Fingerprint] = embedding.Fingerprint,
            [CodeEmbeddingProperties.TokenCount] = embedding.TokenCount,
            [CodeEmbeddingProperties.TruncatedTokens] = embedding.TruncatedTokens,
        },
    };

    private void Enter()
    {
        // Counted first, so that whoever disposes the generator waits for this call, or this call sees that it did.
        Interlocked.Increment(ref _users);
        if (Volatile.Read(ref _disposed) == 0)
            return;

        Leave();
        throw new ObjectDisposedException(nameof(CodeEmbeddingGenerator));
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _idle.TrySetResult();
    }
}
