using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodeEmbed.Errors;

namespace CodeEmbed.Shards;

/// <summary>An existing shard: its file, and the description of it.</summary>
/// <param name="Output">The full path of the file of embeddings.</param>
/// <param name="Says">The description next to it.</param>
internal sealed record Shard(string Output, ShardFile Says);

/// <summary>All shards of one run, in order.</summary>
/// <remarks>Each rule that the shards must follow is one method, which names the file that does not.</remarks>
internal sealed partial class ShardSet
{
    // Only these settings may change the last bits of the numbers; the fingerprint does not include them either.
    private static readonly string[] OfMachines = ["device", "threads", "runtime", "batch_size"];

    private readonly List<string> _warnings = [];

    private ShardSet(Shard[] shards) => Shards = shards;

    /// <summary>The shards; the first is 0.</summary>
    public IReadOnlyList<Shard> Shards { get; private set; }

    /// <summary>Remarks about them, as sentences.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads the descriptions of the files, and checks that they are all shards of one run.</summary>
    /// <param name="outputs">The files of embeddings, in any order, each once.</param>
    /// <exception cref="ShardException">They are not.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static ShardSet Load(IReadOnlyList<string> outputs)
    {
        if (outputs.Count == 0)
            throw new IOException("no file was given to merge. Name the files of all shards.");

        var set = new ShardSet([.. outputs.Select(output => new Shard(output, ShardFile.Load(output)))]);
        set.RequireOneCount();
        set.RequireSameInputs();
        set.RequireSameSettings();
        set.RequireEachOnce();
        set.RequireAll();
        set.Compare();
        set.Shards = [.. set.Shards.OrderBy(shard => shard.Says.ShardIndex)];
        return set;
    }

    /// <summary>Writes a list of numbers as people do: <c>0, 3-5, 9</c>.</summary>
    internal static string WriteList(IReadOnlyList<int> numbers)
    {
        var ranges = new List<string>();
        for (int i = 0; i < numbers.Count;)
        {
            int end = i;
            while (end + 1 < numbers.Count && numbers[end + 1] == numbers[end] + 1)
                end++;

            ranges.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{numbers[i]}{(end == i ? "" : end == i + 1 ? $", {numbers[end]}" : $"-{numbers[end]}")}"));
            i = end + 1;
        }

        return string.Join(", ", ranges);
    }

    private void RequireOneCount() => RequireAlike(
        Shards,
        shard => $"{shard.Says.ShardCount}",
        (other, most) => $"it is one of {other.Says.ShardCount} shards, and '{most.Output}' is one of {most.Says.ShardCount}");

    private void RequireSameInputs() => RequireAlike(
        Shards,
        shard => string.Join('\n', shard.Says.Inputs.Select(input => $"{input.Name}\0{input.Size}\0{input.Digest}")),
        (other, most) => $"it is a shard of other inputs than '{most.Output}': {FindInput(other.Says, most.Says)}");

    private void RequireSameSettings()
    {
        // A shard without embeddings does not know which model would have made them.
        Shard[] made = [.. Shards.Where(shard => shard.Says.Written > 0)];
        RequireAlike(
            made,
            shard => JsonSerializer.Serialize(Settings(shard.Says).OrderBy(setting => setting.Key, StringComparer.Ordinal)),
            (other, most) => $"it was made with other settings than '{most.Output}': {FindSetting(other.Says, most.Says)}");
        RequireAlike(
            made,
            shard => shard.Says.Fingerprint ?? string.Empty,
            (other, most) => $"its embeddings have the fingerprint {Name(other)}, and those of '{most.Output}' {Name(most)}");
        static string Name(Shard shard) => shard.Says.Fingerprint ?? "from several models";
    }

    private void RequireEachOnce()
    {
        foreach (IGrouping<int, Shard> same in Shards.GroupBy(shard => shard.Says.ShardIndex))
        {
            if (same.Count() > 1)
            {
                Shard[] both = [.. same];
                throw new ShardException(
                    both[1].Output,
                    $"shard {same.Key} is given twice: '{both[0].Output}' and '{both[1].Output}'. Leave one out.");
            }
        }
    }

    private void RequireAll()
    {
        int count = Shards[0].Says.ShardCount;
        HashSet<int> present = [.. Shards.Select(shard => shard.Says.ShardIndex)];
        int[] missing = [.. Enumerable.Range(0, count).Where(index => !present.Contains(index))];
        if (missing.Length == 0)
            return;

        string[] partial = [.. FindUnfinished(missing)];
        string unfinished = partial.Length == 0 ? "Run them until they finish, or name their files too."
            : $"Of those, {MessageText.QuoteList(partial)} did not reach the end. Continue with Resume.";
        throw new ShardException(
            Shards[0].Output,
            $"of {count} shards {(missing.Length == 1 ? "one is" : $"{missing.Length} are")} missing: {WriteList(missing)}"
            + $"{GuessFiles(missing)}. {unfinished}");
    }

    /// <summary>The files that the missing shards have, if the names of the existing ones have numbers.</summary>
    private string GuessFiles(int[] missing)
    {
        Shard first = Shards[0];
        string name = Path.GetFileName(first.Output);
        foreach (Match digits in Digits().Matches(name).Reverse())
        {
            string Name(int index) =>
                name[..digits.Index] + $"{index}".PadLeft(digits.Value[0] == '0' && digits.Length > 1 ? digits.Length : 1, '0')
                + name[(digits.Index + digits.Length)..];

            if (Shards.All(shard => Path.GetFileName(shard.Output) == Name(shard.Says.ShardIndex)))
                return $", which would be {MessageText.QuoteList(missing.Select(Name))}";
        }

        return string.Empty;
    }

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    /// <summary>The partial files of missing shards, next to the existing ones.</summary>
    private IEnumerable<string> FindUnfinished(int[] missing)
    {
        const string Journal = ".partial.json";
        foreach (string? folder in Shards.Select(shard => Path.GetDirectoryName(shard.Output)).Distinct())
        {
            foreach (string journal in Directory.EnumerateFiles(folder!, "*" + Journal).Order(StringComparer.Ordinal))
            {
                if (FindIndex(journal) is { } index && missing.Contains(index))
                    yield return journal[..^".json".Length];
            }
        }
    }

    /// <summary>Which shard a journal is for; <see langword="null"/> if it is for none of this run, or cannot be read.</summary>
    private int? FindIndex(string journal)
    {
        try
        {
            using FileStream file = File.OpenRead(journal);
            using var document = JsonDocument.Parse(file);
            JsonElement madeWith = document.RootElement.GetProperty("made_with");
            return madeWith.GetProperty("shard_count").GetString() == $"{Shards[0].Says.ShardCount}"
                && int.TryParse(madeWith.GetProperty("shard_index").GetString(), CultureInfo.InvariantCulture, out int index)
                    ? index
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            // It would only have made the message more helpful.
            return null;
        }
    }

    /// <summary>Adds remarks about differences that may matter.</summary>
    private void Compare()
    {
        Shard[] made = [.. Shards.Where(shard => shard.Says.Written > 0)];
        foreach (string name in OfMachines)
        {
            IGrouping<string?, Shard>[] values = [.. made.GroupBy(shard => shard.Says.MadeWith.GetValueOrDefault(name))];
            if (values.Length > 1)
            {
                _warnings.Add(
                    $"The shards were made with different values of '{name}': "
                    + $"{MessageText.QuoteList(values.Select(value => value.Key ?? "not given"))}. The vectors compare, but a "
                    + "single run may write other last digits.");
            }
        }

        for (int i = 0; i < Shards[0].Says.Inputs.Count; i++)
        {
            if (Shards.Select(shard => shard.Says.Inputs[i].LastWrite).Distinct().Count() > 1)
            {
                _warnings.Add(
                    $"The input '{Shards[0].Says.Inputs[i].Name}' did not have the same write time for every shard. Its length "
                    + "and samples of it were equal; if it was changed in between, make the shards again.");
            }
        }
    }

    /// <summary>Checks that all shards have the same value, and names one of the minority that has another.</summary>
    private static void RequireAlike(
        IReadOnlyList<Shard> shards, Func<Shard, string> find, Func<Shard, Shard, string> describe)
    {
        IGrouping<string, Shard>[] groups = [.. shards.GroupBy(find).OrderByDescending(group => group.Count())];
        if (groups.Length < 2)
            return;

        Shard most = groups[0].First(), other = groups[1].First();
        throw new ShardException(
            other.Output,
            $"'{other.Output}' is not a shard of the same run: {describe(other, most)}. Leave it out, or make it again as the "
            + "others were made.");
    }

    private static string FindInput(ShardFile other, ShardFile most)
    {
        if (other.Inputs.Count != most.Inputs.Count)
            return $"{other.Inputs.Count} and not {most.Inputs.Count}";

        (ShardInput Own, ShardInput Theirs) found =
            other.Inputs.Zip(most.Inputs).First(pair => !pair.First.IsSameAs(pair.Second));
        return found.Own.Name != found.Theirs.Name
                ? $"{MessageText.Quote(found.Own.Name)} and not {MessageText.Quote(found.Theirs.Name)}"
            : found.Own.Size != found.Theirs.Size
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{MessageText.Quote(found.Own.Name)} had {found.Own.Size} bytes and not {found.Theirs.Size}")
            : $"{MessageText.Quote(found.Own.Name)} had other bytes";
    }

    private static string FindSetting(ShardFile other, ShardFile most)
    {
        Dictionary<string, string> own = Settings(other).ToDictionary(), theirs = Settings(most).ToDictionary();
        string name = own.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal)
            .OrderBy(key => key == "fingerprint")
            .First(key => own.GetValueOrDefault(key) != theirs.GetValueOrDefault(key));
        string was = own.TryGetValue(name, out string? value) ? $"was {MessageText.Quote(value)}" : "was not given";
        return theirs.TryGetValue(name, out string? their)
            ? $"'{name}' {was} and not {MessageText.Quote(their)}"
            : $"'{name}' {was}, and was not given there";
    }

    private static IEnumerable<KeyValuePair<string, string>> Settings(ShardFile shard) =>
        shard.MadeWith.Where(setting => !OfMachines.Contains(setting.Key));
}
