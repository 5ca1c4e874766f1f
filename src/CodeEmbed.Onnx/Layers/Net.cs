namespace CodeEmbed.Onnx.Layers;

/// <summary>
///   The operations that encoders are written in. Using a weight declares it. Names are the ones that
///   weights have in a checkpoint, without <c>.weight</c> and <c>.bias</c>.
/// </summary>
/// <param name="scope">What comes before the names, with a dot.</param>
internal abstract class Net(string scope)
{
    /// <summary>The token ids, [tokens].</summary>
    public static Value Ids { get; } = new("ids", 1);

    /// <summary>The positions of the tokens, [tokens].</summary>
    public static Value Positions { get; } = new("positions", 1);

    /// <summary>The number 0, [1], for a table in which only the first row is used.</summary>
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

    /// <summary>Products with matrices, plus their biases; they share their input, and therefore its quantization.</summary>
    /// <param name="input">The input, [tokens, in].</param>
    /// <param name="projections">The matrices.</param>
    /// <returns>For each, [tokens, out].</returns>
    public abstract Value[] Linear(Value input, params Projection[] projections);

    /// <summary>A normalisation of each row.</summary>
    /// <param name="input">The input, [tokens, width].</param>
    /// <param name="name">The normalisation.</param>
    /// <param name="norm">Its kind.</param>
    public Value Normalize(Value input, string name, Norm norm) => Normalize(input, name, norm, input.Width);

    /// <summary>A normalisation of parts of each row, such as heads, with the same weights for each part.</summary>
    /// <param name="input">The input, [tokens, width].</param>
    /// <param name="name">The normalisation.</param>
    /// <param name="norm">Its kind.</param>
    /// <param name="width">The width of a part, which divides the width of the input.</param>
    public abstract Value Normalize(Value input, string name, Norm norm, int width);

    /// <summary>Attention from token to token, within each sequence.</summary>
    /// <param name="query">The query, [tokens, heads · size].</param>
    /// <param name="key">The key, [tokens, heads of key and value · size].</param>
    /// <param name="value">The value, [tokens, heads of key and value · size].</param>
    /// <param name="attention">Its kind.</param>
    /// <returns>The context, [tokens, heads · size].</returns>
    public abstract Value Attend(Value query, Value key, Value value, Attention attention);

    /// <summary>An activation, element by element.</summary>
    public abstract Value Activate(Value input, Activation activation);

    /// <summary>A sum, element by element; [1, width] is added to every row.</summary>
    public abstract Value Add(Value left, Value right);

    /// <summary>A product, element by element.</summary>
    public abstract Value Multiply(Value left, Value right);

    /// <summary>A product with a number.</summary>
    public abstract Value Scale(Value input, float factor);

    /// <summary>Splits each row into parts: the output of a matrix that combines several.</summary>
    /// <param name="input">The input, [tokens, width].</param>
    /// <param name="widths">The widths of the parts, which add up to the whole width.</param>
    public abstract Value[] Split(Value input, params int[] widths);

    /// <summary>The full name of a part.</summary>
    protected string Name(string name) => scope.Length == 0 ? name : $"{scope}.{name}";
}
