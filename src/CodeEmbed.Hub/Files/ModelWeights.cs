using System.Text.Json;
using CodeEmbed.Errors;
using CodeEmbed.Hub.Errors;
using CodeEmbed.ModelFiles;

namespace CodeEmbed.Hub.Files;

/// <summary>
///   Which files hold a model's weights: those of one framework, the first that the repository has; but for an architecture whose
///   checkpoints cannot be run, the ONNX export, if there is one.
/// </summary>
internal static class ModelWeights
{
    /// <summary>The files to look for, in this order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. WeightFiles.Checkpoints, .. WeightFiles.Exports];

    /// <summary>Whether a file holds an encoder's weights, or names the files that do.</summary>
    public static bool IsWeights(string path) =>
        Names.Any(name => path == name || path.EndsWith("/" + name, StringComparison.Ordinal));

    /// <summary>The file that names the shards of the weights, or <see langword="null"/> if they are in one file.</summary>
    /// <param name="listing">The paths of the repository.</param>
    public static string? FindIndex(IReadOnlySet<string> listing) =>
        Names.FirstOrDefault(listing.Contains) is { } found && WeightFiles.IsIndex(found) ? found : null;

    /// <summary>The files of the weights; none if the repository has none.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run; <see langword="null"/> for all.</param>
    /// <param name="read">Opens the index, and config.json.</param>
    /// <exception cref="HubAnswerException">The index is not valid; the message says why.</exception>
    public static IReadOnlyList<string> FindFiles(
        IReadOnlySet<string> listing, IReadOnlyCollection<string>? modelTypes, Func<string, Stream> read)
    {
        string? export = WeightFiles.Exports.FirstOrDefault(listing.Contains);
        bool needsExport = export is not null && modelTypes is not null && !modelTypes.Contains(ReadModelType(listing, read));
        if (!needsExport && FindIndex(listing) is { } index)
            return RepositoryFile.Read(index, read, JsonValueKind.Object, root => WeightFiles.ReadShards(index, root));

        if ((needsExport ? export : Names.FirstOrDefault(listing.Contains)) is not { } file)
            return [];

        // A graph names its external data only inside; exporters call it model.onnx_data or model.onnx.data, with a number if it
        // has parts.
        IEnumerable<string> data = listing
            .Where(
                path => path.StartsWith(file + "_data", StringComparison.Ordinal) || path.StartsWith(
                    file + ".data", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return WeightFiles.IsExport(file) ? [.. data, file] : [file];
    }

    /// <summary>Says why the checkpoint of a model cannot be run, if its config.json shows it.</summary>
    /// <param name="listing">The paths of the repository.</param>
    /// <param name="modelTypes">The model types whose checkpoints can be run.</param>
    /// <param name="read">Opens config.json.</param>
    /// <returns>Sentences to follow the name of the model; <see langword="null"/> if nothing is known against it.</returns>
    /// <exception cref="HubAnswerException">The file is not valid; the message says why.</exception>
    public static string? FindProblem(
        IReadOnlySet<string> listing, IReadOnlyCollection<string> modelTypes, Func<string, Stream> read) =>
        listing.Contains(ModelFileNames.Config)
            ? RepositoryFile.Read(ModelFileNames.Config, read, JsonValueKind.Object, config => FindProblem(config, modelTypes))
            : null;

    private static string? FindProblem(JsonElement config, IReadOnlyCollection<string> modelTypes) =>
        ModelFileNames.FindModelType(config) is not { } type || modelTypes.Contains(type)
            ? null
            : $"its model_type is {MessageText.Quote(type)}, which is not known, and it has no export to ONNX."
                + $"{ForeignModel.DescribeType(config)} Give another model.";

    private static string? ReadModelType(IReadOnlySet<string> listing, Func<string, Stream> read) =>
        listing.Contains(ModelFileNames.Config)
        ? RepositoryFile.Read(ModelFileNames.Config, read, JsonValueKind.Object, ModelFileNames.FindModelType)
        : null;
}
