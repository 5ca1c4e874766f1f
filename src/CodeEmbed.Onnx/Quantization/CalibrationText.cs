namespace CodeEmbed.Onnx.Quantization;

/// <summary>
///   The text on which outlier channels are found. It affects the numbers: changing it means a new version of the arithmetic.
/// </summary>
internal static class CalibrationText
{
    /// <summary>Code in several languages, with comments, strings and numbers.</summary>
    public const string Value = """
        def read_table(path, *, encoding="utf-8"):
            # Blank lines are passed over.
            with open(path, encoding=encoding) as lines:
                return [line.split(",") for line in lines if line.strip()]

        public static int Clamp(int value, int low, int high) => value < low ? low : value > high ? high : value;

        SELECT name, COUNT(*) AS total FROM users WHERE created_at >= '2024-01-31' GROUP BY name;

        fn checksum(bytes: &[u8]) -> u32 { bytes.iter().fold(0x811c9dc5, |sum, b| (sum ^ *b as u32).wrapping_mul(16777619)) }

        async function load(url) { const response = await fetch(`${url}/items`); return response.json(); }

        """;
}
