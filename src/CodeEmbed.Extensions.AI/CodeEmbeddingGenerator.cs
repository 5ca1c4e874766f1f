using System.Globalization;
using CodeEmbed.Onnx;
using Microsoft.Extensions.AI;

namespace CodeEmbed.Extensions.AI;

/// <summary>Turns code and other texts into vectors, for programs that use Microsoft.Extensions.AI.</summary>
/// <remarks>
///   <para>
///     The first call loads the model. Calls from several threads share it. On the processor a vector depends only on its
///     text, the model and the prompt. On CUDA the other texts in a run change it too, but only by the order in which sums
///     are computed.
///   </para>
///   <para>
///     Disposing it stops the calls that are running, waits for them to end, which takes about a second, and frees the model.
///   </para>
/// </remarks>
public sealed class CodeEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>, IAsyncDisposable
{
    /// <summary>The name of the provider in <see cref="Metadata"/>.</summary>
    public const string ProviderName = "codeembed";

    /// <summary>How many texts are passed to the service at once, and so how late a stop or a failure takes effect.</summary>
    private const int BatchSize = 256;

    private readonly IEmbeddingService _service;
    private readonly Lazy<EmbeddingGeneratorMetadata> _expected;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The calls that run, and 1 for the generator itself until it is disposed.
    private int _users = 1;
    private int _disposed;

    /// <summary>Creates a generator for a model. The first call loads the model.</summary>
    /// <param name="options">Which model, and how to run it.</param>
    public CodeEmbeddingGenerator(EmbeddingServiceOptions options)
        : this(new OnnxEmbeddingService(options)) => _expected = new(() => Expect(options));

    /// <summary>Creates a generator from a service.</summary>
    /// <param name="service">The service. The generator disposes it.</param>
    public CodeEmbeddingGenerator(IEmbeddingService service)
    {
        ArgumentNullException.ThrowIfNull(service);
        _service = service;
        _expected = new(() => new EmbeddingGeneratorMetadata(ProviderName));
    }

    /// <summary>
    ///   The provider, and the model's name and the length of its vectors. Until the model is loaded, the latter two come from
    ///   its folder; they are <see langword="null"/> if the folder does not give them.
    /// </summary>
    public EmbeddingGeneratorMetadata Metadata => _service.Model is { } model
        ? new EmbeddingGeneratorMetadata(ProviderName, null, model.Name, model.Dimensions)
        : _expected.Value;

    /// <summary>Embeds texts.</summary>
    /// <param name="values">The texts. They may be empty, but not <see langword="null"/>.</param>
    /// <param name="options">
    ///   The model's name and the length of its vectors, if given, must be those of this generator.
    ///   <see cref="CodeEmbeddingProperties.PromptKind"/> or <see cref="CodeEmbeddingProperties.Prompt"/> chooses the prompt
    ///   that is put before each text. Other additional properties are ignored.
    /// </param>
    /// <param name="cancellationToken">Stops the work, including the loading of the model, within about a second.</param>
    /// <returns>
    ///   One vector for each text, in the same order, with its <see cref="CodeEmbeddingProperties.Fingerprint"/>,
    ///   <see cref="CodeEmbeddingProperties.TokenCount"/> and <see cref="CodeEmbeddingProperties.TruncatedTokens"/>; and the
    ///   total number of tokens that the model saw.
    /// </returns>
    /// <exception cref="ArgumentException">A text is <see langword="null"/>; the message names its index.</exception>
    /// <exception cref="EmbeddingOptionException">An option asks for something that this generator does not have.</exception>
    /// <exception cref="ModelLoadException">The model cannot be loaded.</exception>
    /// <exception cref="ObjectDisposedException">The generator was disposed, before the call or while it ran.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    /// <exception cref="TextEmbeddingException">A text cannot be embedded; the exception has its index.</exception>
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
            // Callers expect their own token in the exception, not the linked one.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gets an object that the generator uses.</summary>
    /// <param name="serviceType">
    ///   <see cref="EmbeddingGeneratorMetadata"/>; <see cref="EmbeddingModel"/>, once the model is loaded;
    ///   <see cref="IEmbeddingService"/>; or a type of the generator itself.
    /// </param>
    /// <param name="serviceKey">A key. With any key there is no object.</param>
    /// <returns>The object, or <see langword="null"/> if the generator has no object of this type.</returns>
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

    /// <summary>What the model's folder says about it, if it can be read. If not, the first call says why.</summary>
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
        // Counted first, so that either Dispose waits for this call, or this call sees that the generator is disposed.
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
