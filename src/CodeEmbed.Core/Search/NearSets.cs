namespace CodeEmbed.Search;

/// <summary>
///   Sets of vectors that are near to each other, which become one when two of their vectors are near. For several threads at
///   once; the result does not depend on the order.
/// </summary>
internal sealed class NearSets
{
    private readonly object _gate = new();

    // Trees: the root of each represents its set. Sizes and scores count for roots.
    private readonly int[] _parents;
    private readonly int[] _sizes;
    private readonly double[] _scores;

    /// <summary>Puts each vector into a separate set.</summary>
    /// <param name="count">How many vectors there are.</param>
    public NearSets(int count)
    {
        _parents = new int[count];
        _sizes = new int[count];
        _scores = new double[count];
        for (int i = 0; i < count; i++)
            _parents[i] = i;

        Array.Fill(_sizes, 1);
        Array.Fill(_scores, double.NegativeInfinity);
    }

    /// <summary>Finds the root of a vector's set.</summary>
    /// <param name="vector">The vector.</param>
    public int Find(int vector)
    {
        int parent;
        while ((parent = Volatile.Read(ref _parents[vector])) != vector)
            vector = parent;

        return vector;
    }

    /// <summary>
    ///   The highest score of two vectors of a set; negative infinity if nothing was joined in it, so that it is no group.
    /// </summary>
    /// <param name="root">The root of the set.</param>
    public double ScoreOf(int root) => Volatile.Read(ref _scores[root]);

    /// <summary>
    ///   Whether joining two vectors may change anything. Changes by other threads at the same time can make the answer too
    ///   careful, and never wrong: sets only grow, and so do their scores.
    /// </summary>
    /// <param name="left">A vector.</param>
    /// <param name="right">Another one.</param>
    /// <param name="score">A score that is not less than theirs.</param>
    public bool Matters(int left, int right, double score)
    {
        int root = Find(left);
        return root != Find(right) || score > ScoreOf(root);
    }

    /// <summary>Joins the sets of two vectors that are near to each other.</summary>
    /// <param name="left">A vector.</param>
    /// <param name="right">Another one, or the same if it occurs twice.</param>
    /// <param name="score">Their score.</param>
    public void Join(int left, int right, double score)
    {
        lock (_gate)
        {
            int root = Find(left), other = Find(right);
            if (_sizes[root] < _sizes[other])
                (root, other) = (other, root);

            // The score is set before another thread can find the set by the new root.
            Volatile.Write(ref _scores[root], Math.Max(score, Math.Max(_scores[root], _scores[other])));
            if (root == other)
                return;

            _sizes[root] += _sizes[other];
            Volatile.Write(ref _parents[other], root);
        }
    }
}
