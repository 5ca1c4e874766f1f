namespace CodeEmbed.Maps;

/// <summary>
///   The eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's rotations (Golub and Van Loan, Matrix
///   Computations, section 8.5).
/// </summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 50;

    /// <summary>Solves it.</summary>
    /// <param name="matrix">The matrix, whole; it is changed. An asymmetry from rounding is averaged out.</param>
    /// <returns>The eigenvalues, the largest first, and the eigenvector of each, as rows of length 1.</returns>
    public static (double[] Values, double[][] Vectors) Solve(double[][] matrix)
    {
        int size = matrix.Length;
        var vectors = new double[size][];
        for (int i = 0; i < size; i++)
        {
            vectors[i] = new double[size];
            vectors[i][i] = 1;
            for (int j = 0; j < i; j++)
                matrix[i][j] = matrix[j][i] = (matrix[i][j] + matrix[j][i]) / 2;
        }

        for (int sweep = 0; sweep < MostSweeps && !IsDiagonal(matrix); sweep++)
        {
            for (int p = 0; p < size; p++)
            {
                for (int q = p + 1; q < size; q++)
                    Rotate(matrix, vectors, p, q);
            }
        }

        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => matrix[i][i])];
        return ([.. order.Select(i => matrix[i][i])], [.. order.Select(i => vectors[i])]);
    }

    private static bool IsDiagonal(double[][] matrix)
    {
        double beside = 0, all = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            for (int j = 0; j < matrix.Length; j++)
            {
                double square = matrix[i][j] * matrix[i][j];
                all += square;
                beside += i == j ? 0 : square;
            }
        }

        return beside <= 1e-32 * all;
    }

    /// <summary>Turns the plane of two axes so that the matrix has no element between them.</summary>
    private static void Rotate(double[][] matrix, double[][] vectors, int p, int q)
    {
        if (matrix[p][q] == 0)
            return;

        double ratio = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
        double tangent = (ratio >= 0 ? 1 : -1) / (Math.Abs(ratio) + Math.Sqrt((ratio * ratio) + 1));
        double cosine = 1 / Math.Sqrt((tangent * tangent) + 1), sine = tangent * cosine;
        for (int i = 0; i < matrix.Length; i++)
        {
            (matrix[i][p], matrix[i][q]) =
                ((cosine * matrix[i][p]) - (sine * matrix[i][q]), (sine * matrix[i][p]) + (cosine * matrix[i][q]));
        }

        Turn(matrix, p, q, cosine, sine);
        Turn(vectors, p, q, cosine, sine);
    }

    private static void Turn(double[][] rows, int p, int q, double cosine, double sine)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            (rows[p][i], rows[q][i]) =
                ((cosine * rows[p][i]) - (sine * rows[q][i]), (sine * rows[p][i]) + (cosine * rows[q][i]));
        }
    }
}
