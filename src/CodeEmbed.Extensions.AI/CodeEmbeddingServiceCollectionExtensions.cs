using CodeEmbed.Extensions.AI;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds embedding generators to a program's services.</summary>
public static class CodeEmbeddingServiceCollectionExtensions
{
    /// <summary>
    ///   Adds a generator: an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of strings and vectors of float.
    /// </summary>
    /// <remarks>
    ///   The generator is a singleton. It is created when it is first requested, loads its model at the first call, and is
    ///   disposed with the container.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="options">Which model, and how to run it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodeEmbedding(
        this IServiceCollection services, CodeEmbed.EmbeddingServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return services.AddCodeEmbedding(_ => options);
    }

    /// <summary>Adds a generator whose options come from other services, such as the configuration.</summary>
    /// <remarks>
    ///   The generator is a singleton. It is created when it is first requested, loads its model at the first call, and is
    ///   disposed with the container.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="options">Returns which model, and how to run it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCodeEmbedding(
        this IServiceCollection services, Func<IServiceProvider, CodeEmbed.EmbeddingServiceOptions> options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        return services
            .AddSingleton(provider => new CodeEmbeddingGenerator(options(provider)))
            .AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(
                provider => provider.GetRequiredService<CodeEmbeddingGenerator>())
            .AddSingleton<IEmbeddingGenerator>(provider => provider.GetRequiredService<CodeEmbeddingGenerator>());
    }

    /// <summary>Adds a generator under a key, for programs with several models.</summary>
    /// <remarks>Apart from the key, this is the same as adding one without a key.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="options">Which model, and how to run it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddKeyedCodeEmbedding(
        this IServiceCollection services, object serviceKey, CodeEmbed.EmbeddingServiceOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(serviceKey);
        ArgumentNullException.ThrowIfNull(options);
        return services
            .AddKeyedSingleton(serviceKey, (_, _) => new CodeEmbeddingGenerator(options))
            .AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>(
                serviceKey, (provider, key) => provider.GetRequiredKeyedService<CodeEmbeddingGenerator>(key))
            .AddKeyedSingleton<IEmbeddingGenerator>(
                serviceKey, (provider, key) => provider.GetRequiredKeyedService<CodeEmbeddingGenerator>(key));
    }
}
