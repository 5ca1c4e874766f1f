using CodeEmbed.Extensions.AI;
using CodeEmbed.Tests.Onnx;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace CodeEmbed.Tests.Generators;

/// <summary>The generator in a container.</summary>
public sealed class AddCodeEmbeddingTests
{
    private static readonly EmbeddingServiceOptions Tiny = new()
    {
        Model = FixtureModels.Folder(FixtureModels.Tiny),
        Device = EmbeddingDevice.Cpu,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_generator_is_a_singleton_that_loads_lazily_and_is_disposed_with_the_container()
    {
        ServiceProvider services = new ServiceCollection().AddCodeEmbedding(Tiny).BuildServiceProvider(validateScopes: true);
        var generator = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();

        Assert.Same(generator, services.GetRequiredService<CodeEmbeddingGenerator>());
        Assert.Same(generator, services.GetRequiredService<IEmbeddingGenerator>());
        using (IServiceScope scope = services.CreateScope())
            Assert.Same(generator, scope.ServiceProvider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>());

        Assert.Null(generator.GetService<EmbeddingModel>());
        Assert.Equal(64, (await generator.GenerateVectorAsync("x", cancellationToken: Stop)).Length);

        await services.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["x"], cancellationToken: Stop));
    }

    [Fact]
    public async Task A_container_that_is_disposed_synchronously_also_disposes_the_generator()
    {
        ServiceProvider services = new ServiceCollection().AddCodeEmbedding(_ => Tiny).BuildServiceProvider();
        var generator = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();

        DisposeInTheOldWay(services);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["x"], cancellationToken: Stop));
    }

    [Fact]
    public async Task Several_models_are_distinguished_by_their_keys()
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddKeyedCodeEmbedding("a", Tiny with { ModelName = "first" })
            .AddKeyedCodeEmbedding("b", Tiny with { ModelName = "second" })
            .BuildServiceProvider();

        foreach ((string key, string name) in new[] { ("a", "first"), ("b", "second") })
        {
            var generator = services.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(key);
            Assert.Same(generator, services.GetRequiredKeyedService<IEmbeddingGenerator>(key));
            Assert.Equal(name, (await generator.GenerateAsync("x", cancellationToken: Stop)).ModelId);
        }
    }

    private static void DisposeInTheOldWay(ServiceProvider services) => services.Dispose();
}
