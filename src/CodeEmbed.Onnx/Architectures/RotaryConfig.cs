using CodeEmbed.Onnx.Layers;

namespace CodeEmbed.Onnx.Architectures;

/// <summary>
///   Reads rotary embeddings as transformers writes them: <c>rope_theta</c> and <c>rope_scaling</c> up to version 4, and
///   <c>rope_parameters</c> from version 5 on.
/// </summary>
internal static class RotaryConfig
{
    private const string Parameters = "rope_parameters", Scaling = "rope_scaling", Theta = "rope_theta", Type = "rope_type";

    /// <summary>Reads the rotary embedding of all layers.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="thetaKey">The key of the base up to version 4.</param>
    /// <param name="missing">The base if the file does not have one; <see langword="null"/> if the file must have one.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="positions">How many positions there are.</param>
    /// <exception cref="ModelFormatException">It is of a kind that is not known.</exception>
    public static Rotary Read(ConfigReader config, string thetaKey, double? missing, int size, int positions) =>
        Read(config, config.Part(Parameters), config.Part(Scaling), thetaKey, missing, size, positions);

    /// <summary>Reads the rotary embedding of one kind of layer.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="kind">The kind of layer, as <c>layer_types</c> names it: a key in <c>rope_parameters</c>.</param>
    /// <param name="thetaKey">The key of the base up to version 4.</param>
    /// <param name="missing">The base if the file does not have one.</param>
    /// <param name="isScaled">Whether <c>rope_scaling</c> of version 4 applies to this kind.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="positions">How many positions there are.</param>
    /// <exception cref="ModelFormatException">It is of a kind that is not known.</exception>
    public static Rotary Read(
        ConfigReader config, string kind, string thetaKey, double missing, bool isScaled, int size, int positions) =>
        Read(
            config,
            config.Part(Parameters)?.Part(kind),
            isScaled ? config.Part(Scaling) : null,
            thetaKey,
            missing,
            size,
            positions);

    private static Rotary Read(
        ConfigReader config,
        ConfigReader? parameters,
        ConfigReader? scaling,
        string thetaKey,
        double? missing,
        int size,
        int positions)
    {
        // As in version 5: rope_scaling takes precedence, also for the base, which may be outside of both, as in version 4.
        ConfigReader? first = scaling is { IsEmpty: false } ? scaling : null;
        ConfigReader? themselves = first?.Has(Theta) == true ? first : parameters?.Has(Theta) == true ? parameters : null;
        double theta = themselves?.Number(Theta, missing: null) ?? config.Number(thetaKey, missing);
        var rotary = new Rotary(theta, size, positions);
        return (first ?? parameters) is { } scaled ? Scale(rotary, scaled, config) : rotary;
    }

    private static Rotary Scale(Rotary rotary, ConfigReader parameters, ConfigReader config)
    {
        // "type" is the older name.
        string kind = parameters.OneOf(parameters.Either(Type, "type"), ["default", "linear", "dynamic"], missing: "default");
        return kind switch
        {
            "linear" => rotary with { Divisor = parameters.Number("factor", missing: null) },

            // transformers does not read original_max_position_embeddings for this kind.
            "dynamic" => rotary with
            {
                Dynamic = new DynamicTheta(
                    parameters.Number("factor", missing: null),
                    config.Size(config.Either("max_position_embeddings", "n_positions"))),
            },
            _ => rotary,
        };
    }
}
