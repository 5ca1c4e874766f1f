using System.Numerics;

namespace CodeEmbed.Maps;

/// <summary>
///   The first two principal components: the two directions in which vectors vary most. Found by subspace iteration with
///   Rayleigh-Ritz steps on the covariance matrix (G. W. Stewart, Matrix Algorithms II, 2001, chapter 6).
/// </summary>
/// <remarks>
///   The start is fixed, and each component has the sign with which its largest number is positive. Sums are in float64, each in
///   one order whatever the processor and the number of threads, so that the same vectors give the same numbers.
/// </remarks>
internal static class PrincipalComponents
{
    /// <summary>More directions than needed are followed, so that the two converge sooner.</summary>
    private const int MostDirections = 8;

    private const int MostSteps = 1000;

    /// <summary>A step that changes the two variances by less than this part of them is the last.</summary>
    private const double Tolerance = 1e-13;

    /// <summary>How many vectors are added to a row of the covariance at once: the row is read and written less.</summary>
    private const int RowsAtOnce = 8;

    /// <summary>Projects vectors.</summary>
    /// <param name="vectors">The vectors, all of one length.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static Projection Project(IReadOnlyList<float[]> vectors, CancellationToken cancellationToken = default)
    {
        int size = vectors[0].Length;
        double[] mean = Mean(vectors, size);
        double[][] covariance = Covariance(vectors, mean, cancellationToken);
        (double[][] directions, double[] variances) = FindDirections(covariance, cancellationToken);
        double total = 0;
        for (int i = 0; i < size; i++)
            total += covariance[i][i];

        return new Projection(
            Along(vectors, mean, directions[0]),
            directions.Length > 1 ? Along(vectors, mean, directions[1]) : new double[vectors.Count],
            total > 0 ? Math.Min(1, variances.Take(2).Sum() / total) : 1);
    }

    private static double[] Mean(IReadOnlyList<float[]> vectors, int size)
    {
        var mean = new double[size];
        foreach (float[] vector in vectors)
        {
            for (int i = 0; i < size; i++)
                mean[i] += vector[i];
        }

        for (int i = 0; i < size; i++)
            mean[i] /= vectors.Count;

        return mean;
    }

    /// <summary>The covariance matrix, whole. A thread sums whole rows, over the vectors in their order.</summary>
    private static double[][] Covariance(
        IReadOnlyList<float[]> vectors, double[] mean, CancellationToken cancellationToken)
    {
        int size = mean.Length;
        var covariance = new double[size][];
        for (int i = 0; i < size; i++)
            covariance[i] = new double[size];

        var centered = new double[RowsAtOnce][];
        for (int row = 0; row < RowsAtOnce; row++)
            centered[row] = new double[size];

        int rowsOfThread = Math.Max(1, (size + 31) / 32);
        int parts = (size + rowsOfThread - 1) / rowsOfThread;
        for (int start = 0; start < vectors.Count; start += RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int row = 0; row < RowsAtOnce; row++)
                Center(start + row < vectors.Count ? vectors[start + row] : null, mean, centered[row]);

            if (size < 64)
                AddRows(covariance, centered, 0, size);
            else
                Parallel.For(0, parts, part => AddRows(
                    covariance, centered, part * rowsOfThread, Math.Min(size, (part + 1) * rowsOfThread)));
        }

        for (int i = 0; i < size; i++)
        {
            for (int j = i; j < size; j++)
                covariance[j][i] = covariance[i][j] /= vectors.Count;
        }

        return covariance;
    }

    /// <summary>Subtracts the mean from a vector; without a vector, the result is zeros.</summary>
    private static void Center(float[]? vector, double[] mean, double[] centered)
    {
        for (int i = 0; i < centered.Length; i++)
            centered[i] = vector is null ? 0 : vector[i] - mean[i];
    }

    /// <summary>
    ///   Adds some vectors to rows of the covariance, right of its diagonal. Products and sums are each rounded, so that a
    ///   processor with wider registers gives the same.
    /// </summary>
    private static void AddRows(double[][] covariance, double[][] centered, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            double[] row = covariance[i];
            int j = i;
            for (; j <= row.Length - Vector<double>.Count; j += Vector<double>.Count)
            {
                var sum = new Vector<double>(row, j);
                foreach (double[] vector in centered)
                    sum += new Vector<double>(vector, j) * vector[i];

                sum.CopyTo(row, j);
            }

            for (; j < row.Length; j++)
            {
                foreach (double[] vector in centered)
                    row[j] += vector[j] * vector[i];
            }
        }
    }

    /// <summary>The directions of the largest variances, the largest first, and these variances.</summary>
    private static (double[][] Directions, double[] Variances) FindDirections(
        double[][] covariance, CancellationToken cancellationToken)
    {
        int size = covariance.Length;
        double[][] directions = Start(Math.Min(size, MostDirections), size);
        var variances = new double[directions.Length];
        for (int step = 0; step < MostSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Orthogonalize(directions);
            double[][] images = [.. directions.Select(direction => Multiply(covariance, direction))];
            (double[] found, double[][] turn) = SymmetricEigen.Solve(
                [.. directions.Select(left => images.Select(right => Dot(left, right)).ToArray())]);
            directions = Combine(turn, directions);
            bool isDone = found.Take(2).Zip(variances).All(pair =>
                Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Abs(found[0]));
            variances = found;
            if (isDone)
                break;

            directions = Combine(turn, images);
        }

        Orthogonalize(directions);
        foreach (double[] direction in directions)
            FixSign(direction);

        return (directions, variances);
    }

    /// <summary>Fixed directions without a bias, from the linear congruential generator of Numerical Recipes.</summary>
    private static double[][] Start(int count, int size)
    {
        uint state = 1;
        var directions = new double[count][];
        for (int i = 0; i < count; i++)
        {
            directions[i] = new double[size];
            for (int j = 0; j < size; j++)
            {
                state = unchecked((state * 1664525) + 1013904223);
                directions[i][j] = (state / (double)uint.MaxValue) - 0.5;
            }
        }

        return directions;
    }

    /// <summary>
    ///   Makes the directions of length 1 and at right angles, each against those before it, twice because of rounding. One
    ///   that vanishes without those before it is replaced by the first axis that does not.
    /// </summary>
    private static void Orthogonalize(double[][] directions)
    {
        for (int i = 0; i < directions.Length; i++)
        {
            double before = Length(directions[i]);
            for (int axis = 0; !TryOrthogonalize(directions, i, before); axis++)
            {
                Array.Clear(directions[i]);
                directions[i][axis] = before = 1;
            }
        }
    }

    private static bool TryOrthogonalize(double[][] directions, int index, double before)
    {
        double[] direction = directions[index];
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < index; i++)
            {
                double part = Dot(directions[i], direction);
                for (int j = 0; j < direction.Length; j++)
                    direction[j] -= part * directions[i][j];
            }
        }

        double length = Length(direction);
        if (length <= 1e-12 * before || length == 0)
            return false;

        for (int j = 0; j < direction.Length; j++)
            direction[j] /= length;

        return true;
    }

    private static double[][] Combine(double[][] weights, double[][] directions)
    {
        var combined = new double[weights.Length][];
        for (int i = 0; i < weights.Length; i++)
        {
            combined[i] = new double[directions[0].Length];
            for (int k = 0; k < directions.Length; k++)
            {
                for (int j = 0; j < combined[i].Length; j++)
                    combined[i][j] += weights[i][k] * directions[k][j];
            }
        }

        return combined;
    }

    private static void FixSign(double[] direction)
    {
        int largest = 0;
        for (int i = 1; i < direction.Length; i++)
        {
            // One that is larger by rounding alone is not.
            if (Math.Abs(direction[i]) > Math.Abs(direction[largest]) * (1 + 1e-9))
                largest = i;
        }

        if (direction[largest] >= 0)
            return;

        for (int i = 0; i < direction.Length; i++)
            direction[i] = -direction[i];
    }

    private static double[] Along(IReadOnlyList<float[]> vectors, double[] mean, double[] direction)
    {
        var along = new double[vectors.Count];
        for (int i = 0; i < along.Length; i++)
        {
            for (int j = 0; j < direction.Length; j++)
                along[i] += (vectors[i][j] - mean[j]) * direction[j];
        }

        return along;
    }

    private static double[] Multiply(double[][] matrix, double[] vector) => [.. matrix.Select(row => Dot(row, vector))];

    private static double Length(double[] vector) => Math.Sqrt(Dot(vector, vector));

    /// <summary>In one order: a sum over registers would depend on how wide they are.</summary>
    private static double Dot(double[] left, double[] right)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int i = 0;
        for (; i <= left.Length - 4; i += 4)
        {
            a += left[i] * right[i];
            b += left[i + 1] * right[i + 1];
            c += left[i + 2] * right[i + 2];
            d += left[i + 3] * right[i + 3];
        }

        for (; i < left.Length; i++)
            a += left[i] * right[i];

        return a + b + (c + d);
    }
}
