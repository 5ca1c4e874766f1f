using CodeEmbed.Onnx.Sessions;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>How many tokens a run on a device has at most, where the user gives no number.</summary>
internal static class TokenBudget
{
    /// <summary>Where the memory of the card is not known.</summary>
    public const int Unknown = 8192;

    private const int PerGibibyte = 1024, Least = 4096, Most = 65_536;

    /// <summary>The number for a card.</summary>
    /// <param name="card">What is known of it.</param>
    public static int For(NvidiaCard? card) => card is null
        ? Unknown
        : (int)Math.Clamp(card.MemoryMebibytes * PerGibibyte / 1024, Least, Most);
}
