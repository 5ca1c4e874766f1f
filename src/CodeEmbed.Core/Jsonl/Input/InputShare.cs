namespace CodeEmbed.Jsonl.Input;

/// <summary>The part of the whole input that one of its files is.</summary>
/// <param name="Before">How much of the input comes before the file, from 0 to 1.</param>
/// <param name="Size">How much of the input the file is, from 0 to 1.</param>
internal readonly record struct InputShare(double Before, double Size)
{
    /// <summary>The only file of an input.</summary>
    public static InputShare Whole { get; } = new(0, 1);
}
