using System.Globalization;

namespace CodeEmbed.Stores;

/// <summary>The metadata for all rows of a file, as names and texts, which every format has a place for.</summary>
internal static class StoreHeader
{
    /// <summary>The prefix of the names in formats whose metadata is shared with other programs.</summary>
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
    /// <param name="find">Finds the text with a name; <see langword="null"/> if the store does not have it.</param>
    /// <param name="place">Where the texts are, for an error message: follows "in".</param>
    /// <exception cref="InvalidDataException">It is missing, is damaged, or was written by a later version.</exception>
    public static EmbeddingStoreHeader Read(Func<string, string?> find, string place)
    {
        if (find(Format) is not { } format)
            throw Foreign($"there is no '{Format}' in {place}");

        if (!int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version == 0)
            throw new InvalidDataException($"the '{Format}' in {place} is not a number: the file is damaged.");

        if (version > CurrentFormat)
            throw new InvalidDataException("a later version of this program wrote it. Use that version, or write it again.");

        if (!int.TryParse(find(Dimensions), NumberStyles.None, CultureInfo.InvariantCulture, out int dimensions))
            throw new InvalidDataException($"the '{Dimensions}' in {place} is missing or is not a number: the file is damaged.");

        return new EmbeddingStoreHeader(dimensions, find(Fingerprint) ?? string.Empty, find(Model));
    }

    /// <summary>Creates an error for a file that another program made.</summary>
    /// <param name="missing">What is missing: a clause.</param>
    public static InvalidDataException Foreign(string missing) => new(
        $"it does not hold embeddings that this program wrote: {missing}. Name a file that this program wrote.");
}
