using Wasmtime;

namespace CodeEmbed.Sources.Grammars;

/// <summary>What runs the grammars, once for the process: none of them can reach anything but its own memory.</summary>
internal static class GrammarEngine
{
    private static readonly Lazy<Engine> Shared = new(Make);

    /// <summary>The engine.</summary>
    public static Engine Instance => Shared.Value;

    /// <summary>Stops every parse that is under way. One that was not meant starts over.</summary>
    public static void Interrupt() => Shared.Value.IncrementEpoch();

    private static Engine Make()
    {
        // A stop comes from another thread. Checks in the code, and not the processor's signals, find what goes wrong: signals
        // are the runtime's.
        using Config config = new Config().WithEpochInterruption(true).WithSignalsBasedTraps(false).WithMaximumStackSize(1 << 19);
        return new Engine(config);
    }
}
