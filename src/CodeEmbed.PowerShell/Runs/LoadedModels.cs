using System.Collections.Concurrent;

namespace CodeEmbed.PowerShell.Runs;

/// <summary>
///   The descriptions of the models that embedded in this process: embeddings may be kept in a variable, and written when the
///   model is gone.
/// </summary>
internal static class LoadedModels
{
    private static readonly ConcurrentDictionary<string, EmbeddingModel> ByFingerprint = new();

    /// <summary>Records a model that embeds.</summary>
    public static void Add(EmbeddingModel model) => ByFingerprint[model.Fingerprint] = model;

    /// <summary>The model that gives vectors with a fingerprint; <see langword="null"/> if none has been loaded.</summary>
    public static EmbeddingModel? Find(string fingerprint) => ByFingerprint.GetValueOrDefault(fingerprint);
}
