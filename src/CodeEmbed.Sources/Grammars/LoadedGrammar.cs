using System.Collections.Concurrent;
using System.IO.Compression;
using Wasmtime;

namespace CodeEmbed.Sources.Grammars;

/// <summary>A grammar that is ready to parse. For several threads at once.</summary>
internal sealed class LoadedGrammar
{
    private readonly Module _module;

    // Those that are not in use. The next file of the language takes one.
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

    /// <summary>What the numbers in the grammar's nodes mean.</summary>
    public NodeKinds Nodes { get; }

    /// <summary>Parses a text.</summary>
    /// <typeparam name="T">What is made of the nodes.</typeparam>
    /// <param name="text">The text.</param>
    /// <param name="read">Makes something of the nodes, which are not there afterwards.</param>
    /// <param name="cancellationToken">Stops the work at once.</param>
    /// <returns>What was made; nothing where the text cannot be parsed at all.</returns>
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
                // Somebody was stopped: this call, or another one.
                instance.Dispose();
            }
            catch (WasmtimeException)
            {
                // The text is too much for it: nested too deep, or too large.
                instance.Dispose();
                return null;
            }
        }
    }
}

/// <summary>Makes something of the nodes of a tree.</summary>
/// <typeparam name="T">What is made.</typeparam>
/// <param name="nodes">The nodes.</param>
internal delegate T NodeReader<T>(ReadOnlySpan<FlatNode> nodes);
