namespace CodeEmbed.Maps;

/// <summary>Groups of points that have one colour, the largest first; the small ones share the last group.</summary>
internal sealed class MapGroups
{
    /// <summary>The number of colours that people can tell apart, and that the page has.</summary>
    public const int MostColors = 12;

    private const string Rest = "other", Unknown = "unknown", Top = "(top)";

    private MapGroups(string[] names)
    {
        (string Name, int Count)[] groups = [.. names.GroupBy(name => name, StringComparer.Ordinal)
            .Select(group => (group.Key, Count: group.Count()))
            .OrderByDescending(group => group.Count).ThenBy(group => group.Key, StringComparer.Ordinal)];
        if (groups.Length > MostColors)
        {
            (string Name, int Count)[] small = groups[MostColors..];
            groups = [.. groups[..MostColors], ($"{Rest}: {small.Length} more", small.Sum(group => group.Count))];
        }

        Groups = groups;
        Dictionary<string, int> places = groups.Take(MostColors).Select((group, index) => (group.Name, index))
            .ToDictionary(group => group.Name, group => group.index, StringComparer.Ordinal);
        Of = [.. names.Select(name => places.GetValueOrDefault(name, MostColors))];
    }

    /// <summary>The name of each group, and how many points it has.</summary>
    public IReadOnlyList<(string Name, int Count)> Groups { get; }

    /// <summary>The group of each point.</summary>
    public IReadOnlyList<int> Of { get; }

    /// <summary>Groups by language, in any case.</summary>
    public static MapGroups ByLanguage(IReadOnlyList<MapPoint> points) =>
        new([.. points.Select(point => point.Language.Length == 0 ? Unknown : point.Language.ToLowerInvariant())]);

    /// <summary>
    ///   Groups by the first folder in which the paths differ, without those before it, which all share. As long as there are
    ///   colours, a folder with more than a third of the points is split into the folders in it. Files that are in no such
    ///   folder are a separate group.
    /// </summary>
    public static MapGroups ByFolder(IReadOnlyList<MapPoint> points)
    {
        string[][] folders = [.. points.Select(point => point.Path.Split('/')[..^1])];
        int shared = folders.Min(folder => folder.Length);
        foreach (string[] folder in folders)
            shared = folder.AsSpan(0, shared).CommonPrefixLength(folders[0]);

        List<FolderGroup> groups = [.. new FolderGroup([.. Enumerable.Range(0, folders.Length)], shared).Split(folders)];
        var whole = new HashSet<FolderGroup>();
        while (groups.Except(whole).MaxBy(group => group.Points.Length) is { } largest
            && largest.Points.Length * 3 > points.Count)
        {
            FolderGroup[] parts = [.. largest.Split(folders)];
            if (parts is [{ } only] && only.Depth == largest.Depth || groups.Count - 1 + parts.Length > MostColors)
            {
                whole.Add(largest);
                continue;
            }

            groups.Remove(largest);
            groups.AddRange(parts);
        }

        var names = new string[points.Count];
        foreach (FolderGroup group in groups)
        {
            string name = string.Join('/', folders[group.Points[0]][shared..group.Depth]);
            foreach (int point in group.Points)
                names[point] = name.Length == 0 ? Top : name;
        }

        return new(names);
    }

    /// <summary>Points that share their first folders.</summary>
    /// <param name="Points">The points.</param>
    /// <param name="Depth">How many folders they share and are named by.</param>
    private sealed record FolderGroup(int[] Points, int Depth)
    {
        /// <summary>A group for each folder in this one, and one for the files directly in it.</summary>
        public IEnumerable<FolderGroup> Split(string[][] folders) => Points
            .GroupBy(point => folders[point].ElementAtOrDefault(Depth))
            .Select(group => new FolderGroup([.. group], group.Key is null ? Depth : Depth + 1));
    }
}
