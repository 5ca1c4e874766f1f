namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   The words that the computations of encoders are written in. A weight is declared by using it. Names are the ones that
///   weights have in a checkpoint, without <c>.weight</c> and <c>.bias</c>.
/// </summary>
/// <param name="scope">What comes before the names, with a dot.</param>
internal abstract class Net(string scope)
{
    /// <summary>The token ids, [tokens].</summary>
    public static Value Ids { get; } = new("ids", 1);

    /// <summary>The positions of the tokens, [tokens].</summary>
    public static Value Positions { get; } = new("positions", 1);

    /// <summary>The number 0, [1]: for a table of which only the first row is used.</summary>
    public Value Zero { get; } = new("zero", 1);

    /// <summary>The same net, with names that start with those of a part.</summary>
    /// <param name="part">The part, such as <c>encoder.layer.0</c>.</param>
    public abstract Net At(string part);

    /// <summary>Rows of a table, [rows, width].</summary>
    /// <param name="name">The table.</param>
    /// <param name="rows">The numbers of the rows, [rows].</param>
    /// <param name="count">How many rows the table has.</param>
    /// <param name="width">The width of a row.</param>
    public abstract Value Lookup(string name, Value rows, int count, int width);

    /// <summary>Products with matrices, plus their biases; they share their input, and so its quantization.</summary>
    /// <param name="input">The input, [tokens, in].</param>
    /// <param name="projections">The matrices.</param>
    /// <returns>For each, [tokens, out].</returns>
    public abstract Value[] Linear(Value input, params Projection[] projections);

    /// <summary>A layer normalisation (arXiv:1607.06450).</summary>
    /// <param name="input">The input, [tokens, width].</param>
    /// <param name="name">The normalisation.</param>
    /// <param name="norm">Its kind.</param>
    public abstract Value Normalize(Value input, string name, Norm norm);

    /// <summary>Attention from token to token, within each sequence.</summary>
    /// <param name="query">The query, [tokens, width].</param>
    /// <param name="key">The key, [tokens, width].</param>
    /// <param name="value">The value, [tokens, width].</param>
    /// <param name="attention">Its kind.</param>
    public abstract Value Attend(Value query, Value key, Value value, Attention attention);

    /// <summary>An activation, element by element.</summary>
    public abstract Value Activate(Value input, Activation activation);

    /// <summary>A sum, element by element; [1, width] is added to every row.</summary>
    public abstract Value Add(Value left, Value right);

    /// <summary>The whole name of a part.</summary>
    protected string Name(string name) => scope.Length == 0 ? name : $"{scope}.{name}";
}
