using System.Globalization;

namespace CodeEmbed.Stores;

/// <summary>What a file says of all its rows, as names and texts, which every format has a place for.</summary>
internal static class StoreHeader
{
    /// <summary>What the names start with where they stand among those of others.</summary>
    public const string Prefix = "codeembed.";

    private const string Format = "format", Dimensions = "dimensions", Fingerprint = "fingerprint", Model = "model";

    /// <summary>The version of the layout of all three formats. It is raised when older programs would read it wrongly.</summary>
    private const int CurrentFormat = 1;

    /// <summary>The names and texts for a header.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe(EmbeddingStoreHeader header)
    {
        List<KeyValuePair<string, string>> values =
        [
            new(Format, CurrentFormat.ToString(CultureInfo.InvariantCulture)),
            new(Dimensions, header.Dimensions.ToString(CultureInfo.InvariantCulture)),
            new(Fingerprint, header.Fingerprint),
        ];
        if (header.Model is not null)
            values.Add(new(Model, header.Model));

        return values;
    }

    /// <summary>Reads the header.</summary>
    /// <param name="find">Finds the text with a name; <see langword="null"/> where there is none.</param>
    /// <param name="place">Where the texts are, for an error: after "in".</param>
    /// <exception cref="InvalidDataException">It is not there, is damaged, or was written by a later version.</exception>
    public static EmbeddingStoreHeader Read(Func<string, string?> find, string place)
    {
        if (find(Format) is not { } format)
            throw Foreign($"in {place} is no '{Format}'");

        if (!int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version == 0)
            throw new InvalidDataException($"the '{Format}' in {place} is not a number: the file is damaged.");

        if (version > CurrentFormat)
            throw new InvalidDataException("a later version of this program wrote it. Read it with that, or write it again.");

        if (!int.TryParse(find(Dimensions), NumberStyles.None, CultureInfo.InvariantCulture, out int dimensions))
            throw new InvalidDataException($"the '{Dimensions}' in {place} is missing or is not a number: the file is damaged.");

        return new EmbeddingStoreHeader(dimensions, find(Fingerprint) ?? string.Empty, find(Model));
    }

    /// <summary>What is said of a file that another program made.</summary>
    /// <param name="missing">What is missing: a clause.</param>
    public static InvalidDataException Foreign(string missing) => new(
        $"it holds no embeddings that this program wrote: {missing}. Name a file that it did write.");
}
