namespace CodeEmbed.Maps;

/// <summary>Vectors in two dimensions.</summary>
/// <param name="X">The first coordinate of each.</param>
/// <param name="Y">The second one.</param>
/// <param name="Share">How much of the variance of the vectors the two hold, from 0 to 1.</param>
internal sealed record Projection(double[] X, double[] Y, double Share);
