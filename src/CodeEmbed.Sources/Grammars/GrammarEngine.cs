using Wasmtime;

namespace CodeEmbed.Sources.Grammars;

/// <summary>Runs the grammars, one engine for the process. A grammar can access only its own memory.</summary>
internal static class GrammarEngine
{
    private static readonly Lazy<Engine> Shared = new(Make);

    /// <summary>The engine.</summary>
    public static Engine Instance => Shared.Value;

    /// <summary>Stops every parse that is running. Those that were not meant start over.</summary>
    public static void Interrupt() => Shared.Value.IncrementEpoch();

    private static Engine Make()
    {
        // A stop comes from another thread. Errors are found by checks in the code instead of the processor's signals, because
        // the runtime handles the signals.
        using Config config = new Config().WithEpochInterruption(true).WithSignalsBasedTraps(false).WithMaximumStackSize(1 << 19);
        return new Engine(config);
    }
}
