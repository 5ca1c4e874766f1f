namespace CodeEmbed;

/// <summary>
///   Records that are near to each other: each is at or above the score that was asked for with at least one of the others.
/// </summary>
public sealed class DuplicateGroup
{
    /// <summary>The highest score of two of its records: the cosine of the angle between their vectors, from -1 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>How many different contents its records have. Contents that are not in the index count as different.</summary>
    public required int DistinctContents { get; init; }

    /// <summary>
    ///   The records, at least two. The first is the one that comes first in the files; the scores of all are those with this
    ///   one. The others follow, the nearest to it first; equal scores are in the order of the files.
    /// </summary>
    public required IReadOnlyList<CodeMatch> Members { get; init; }

    /// <summary>How many records there are.</summary>
    public int Count => Members.Count;

    /// <summary>
    ///   The lowest score of a record with the first one. It can be lower than what was asked for: if A is near to B, and B to
    ///   C, all three are in one group.
    /// </summary>
    public double LowestScore => Members.Min(member => member.Score);

    /// <summary>Whether all records have exactly the same content.</summary>
    public bool IsIdentical => DistinctContents == 1;

    /// <summary>Returns the id of the first record.</summary>
    public override string ToString() => Members[0].ToString();
}
