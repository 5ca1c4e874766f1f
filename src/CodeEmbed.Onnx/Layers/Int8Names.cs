namespace CodeEmbed.Onnx.Layers;

/// <summary>The names and the numbers of weights in 8-bit integers. A matrix keeps the name that it has in float32.</summary>
internal static class Int8Names
{
    /// <summary>What stands for 0 in a uint8.</summary>
    public const int ZeroPoint = 128;

    /// <summary>The largest integer; the smallest is its negative, so that the range is symmetric.</summary>
    public const int Largest = 127;

    /// <summary>The scales of a matrix's outputs.</summary>
    public static string Scales(string part) => part + ".scales";

    /// <summary>
    ///   What the channels of an input are multiplied by before it is quantized, under the name of the first part that takes it.
    /// </summary>
    public static string Smoothing(string part) => part + ".smoothing";
}
