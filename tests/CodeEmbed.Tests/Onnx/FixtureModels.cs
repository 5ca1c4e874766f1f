using System.Collections.Concurrent;
using CodeEmbed.Onnx;
using CodeEmbed.Onnx.Checkpoints;
using CodeEmbed.Onnx.Encoders;
using CodeEmbed.Onnx.Layers;
using CodeEmbed.Onnx.Models;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>The models that tests run, each loaded on first use.</summary>
public sealed class FixtureModels : IDisposable
{
    /// <summary>The model included in the module.</summary>
    public const string Bundled = "codeembed-mini";

    /// <summary>The small model that most tests use.</summary>
    public const string Tiny = "tiny-roberta";

    private readonly ConcurrentDictionary<string, Lazy<OnnxEmbeddingService>> _services = new();

    /// <summary>Every form of the small model, and the included model.</summary>
    public static TheoryData<string> Forms { get; } =
    [
        Tiny, "tiny-roberta-bare", "tiny-roberta-legacy-torch", "tiny-roberta-masked-lm", "tiny-roberta-sharded",
        "tiny-roberta-fp16",
        "tiny-roberta-bf16", Bundled,
    ];

    /// <summary>The folder of a form.</summary>
    public static string Folder(string form) => form == Bundled ? Repository.BundledModel : Repository.Fixture(form);

    /// <summary>The fixture with the ids of a form.</summary>
    public static string ExpectedIds(string form) => form == Bundled ? $"{Bundled}/expected-ids.jsonl" : "expected-ids.jsonl";

    /// <summary>The fixture with the vectors of a form.</summary>
    public static string ExpectedVectors(string form) => form switch
    {
        Bundled => $"{Bundled}/expected-vectors.jsonl",
        "tiny-roberta-fp16" => "expected-vectors-fp16.jsonl",
        "tiny-roberta-bf16" => "expected-vectors-bf16.jsonl",
        _ => "expected-vectors.jsonl",
    };

    /// <summary>The service of a form, on the CPU.</summary>
    public IEmbeddingService Service(string form) =>
        _services.GetOrAdd(form, name => new(() => new OnnxEmbeddingService(Options(name)))).Value;

    /// <summary>The settings for a form in tests: one thread, so that parallel tests do not wait for the CPU.</summary>
    public static EmbeddingServiceOptions Options(string form) =>
        new() { Model = Folder(form), Device = EmbeddingDevice.Cpu, Threads = 1 };

    /// <summary>The encoder that the config.json of a folder describes.</summary>
    internal static Encoder Configure(ModelFolder folder) => CheckpointSource.ReadConfig(
        folder,
        length: null,
        () =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(folder);
            return [.. checkpoint.Tensors.Keys];
        }).Encoder;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<OnnxEmbeddingService> service in _services.Values)
            service.Value.Dispose();
    }
}
