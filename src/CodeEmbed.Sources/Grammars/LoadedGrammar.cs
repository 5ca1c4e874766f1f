using System.Collections.Concurrent;
using System.IO.Compression;
using Wasmtime;

namespace CodeEmbed.Sources.Grammars;

/// <summary>A grammar that is ready to parse. Thread-safe.</summary>
internal sealed class LoadedGrammar
{
    private readonly Module _module;

    // The idle instances. The next file in the language takes one.
    private readonly ConcurrentBag<GrammarInstance> _instances = [];

    /// <summary>Loads a grammar, which takes some tenths of a second.</summary>
    /// <param name="grammar">The grammar.</param>
    public LoadedGrammar(Grammar grammar)
    {
        string path = Path.Combine(
            Path.GetDirectoryName(typeof(LoadedGrammar).Assembly.Location)!, "Grammars", $"{grammar.File}.wasm.gz");
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        _module = Module.FromStream(GrammarEngine.Instance, grammar.File, file);
        var instance = new GrammarInstance(_module);
        Nodes = new NodeKinds(grammar, instance.ReadKinds(), instance.ReadFields());
        _instances.Add(instance);
    }

    /// <summary>The meaning of the numbers in the grammar's nodes.</summary>
    public NodeKinds Nodes { get; }

    /// <summary>Parses a text.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="text">The text.</param>
    /// <param name="read">Creates the result from the nodes, which are not valid afterwards.</param>
    /// <param name="cancellationToken">Stops the work at once.</param>
    /// <returns>The result; <see langword="null"/> if the text cannot be parsed at all.</returns>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public T? Parse<T>(string text, NodeReader<T> read, CancellationToken cancellationToken)
        where T : class
    {
        using CancellationTokenRegistration interrupt = cancellationToken.Register(GrammarEngine.Interrupt);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_instances.TryTake(out GrammarInstance? instance))
                instance = new GrammarInstance(_module);

            try
            {
                ReadOnlySpan<FlatNode> nodes = instance.Parse(text);
                T? result = nodes.Length == 0 ? null : read(nodes);
                _instances.Add(instance);
                return result;
            }
            catch (TrapException e) when (e.Type == TrapCode.Interrupt)
            {
                // A call was stopped: this one, or another one.
                instance.Dispose();
            }
            catch (WasmtimeException)
            {
                // The text is nested too deeply or is too large.
                instance.Dispose();
                return null;
            }
        }
    }
}

/// <summary>Creates a result from the nodes of a tree.</summary>
/// <typeparam name="T">The type of the result.</typeparam>
/// <param name="nodes">The nodes.</param>
internal delegate T NodeReader<T>(ReadOnlySpan<FlatNode> nodes);
