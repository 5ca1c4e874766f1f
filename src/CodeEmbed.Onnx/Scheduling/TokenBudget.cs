using CodeEmbed.Onnx.Sessions;

namespace CodeEmbed.Onnx.Scheduling;

/// <summary>The default maximum number of tokens in a run on a device.</summary>
internal static class TokenBudget
{
    /// <summary>The number if the card's memory is not known.</summary>
    public const int Unknown = 8192;

    /// <summary>The least that a card has, and that is left if memory runs out.</summary>
    public const int Least = 4096;

    private const int PerGibibyte = 1024, Most = 65_536;

    /// <summary>The number for a card.</summary>
    /// <param name="card">The card, if it is known.</param>
    public static int For(NvidiaCard? card) => card is null
        ? Unknown
        : (int)Math.Clamp(card.MemoryMebibytes * PerGibibyte / 1024, Least, Most);
}
