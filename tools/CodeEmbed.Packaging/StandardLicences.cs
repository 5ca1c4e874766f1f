using System.Text.RegularExpressions;

namespace CodeEmbed.Packaging;

/// <summary>The texts of licences that packages name but do not include.</summary>
internal sealed partial class StandardLicences
{
    private readonly Dictionary<string, string> _texts;

    private StandardLicences(Dictionary<string, string> texts) => _texts = texts;

    /// <summary>Reads the texts.</summary>
    /// <param name="path">
    ///   A file in which each text follows a line with <c>## </c> and its SPDX identifier, or a package's name.
    /// </param>
    public static StandardLicences Read(string path) => new(Section().Matches(File.ReadAllText(path))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value.Trim()));

    /// <summary>The text of the licence with an SPDX identifier, without the copyright line.</summary>
    /// <exception cref="InvalidDataException">The licence is not in the file.</exception>
    public string Text(string identifier) => _texts.TryGetValue(identifier, out string? text)
        ? text
        : throw new InvalidDataException($"The text of the licence {identifier} is neither in its package nor in licences.txt.");

    [GeneratedRegex(@"^## (?<name>[^\n]*)\n(?<text>.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();
}
