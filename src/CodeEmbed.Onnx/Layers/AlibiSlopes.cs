namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   What the distance is multiplied by for each head: the series 2^(-8/n), 2^(-16/n), … for the largest power of two n that is
///   not above the number of heads, and then every other one of the series for 2n (<c>get_slopes</c> of arXiv:2108.12409).
/// </summary>
internal static class AlibiSlopes
{
    /// <summary>The slopes, each below 0, [heads].</summary>
    /// <param name="heads">How many heads there are.</param>
    public static float[] Of(int heads)
    {
        int power = 1;
        while (power * 2 <= heads)
            power *= 2;

        IEnumerable<double> exponents = Enumerable.Range(1, power).Select(head => 8.0 * head / power)
            .Concat(Enumerable.Range(0, heads - power).Select(head => 4.0 * ((2 * head) + 1) / power));
        return [.. exponents.Select(exponent => (float)-Math.Pow(2, -exponent))];
    }
}
