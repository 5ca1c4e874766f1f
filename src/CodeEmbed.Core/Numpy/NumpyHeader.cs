using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace CodeEmbed.Numpy;

/// <summary>
///   The header of a file that NumPy reads: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
/// </summary>
/// <param name="Rows">How many vectors there are.</param>
/// <param name="Dimensions">How many numbers each of them has.</param>
/// <param name="Length">How many bytes the header has: where the numbers start.</param>
internal sealed partial record NumpyHeader(long Rows, int Dimensions, int Length)
{
    /// <summary>Far more than the header of one array of numbers has.</summary>
    private const int MaxLength = 64 * 1024;

    private const int LengthWritten = 128, StartLength = 10, LongStartLength = 12, MaxDigits = 18;

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <summary>How many bytes the whole file has.</summary>
    public Int128 FileLength => Length + ((Int128)Rows * Dimensions * sizeof(float));

    /// <summary>The header of a file that is written, in format 1.0: as NumPy writes it, byte for byte.</summary>
    /// <param name="rows">How many vectors there are.</param>
    /// <param name="dimensions">How many numbers each of them has.</param>
    public static byte[] Make(long rows, int dimensions)
    {
        byte[] header = new byte[LengthWritten];
        header.AsSpan().Fill((byte)' ');
        Magic.CopyTo(header, 0);
        header[Magic.Length] = 1;
        header[Magic.Length + 1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(Magic.Length + 2), LengthWritten - StartLength);
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dimensions}), }}");
        Encoding.ASCII.GetBytes(text, header.AsSpan(StartLength));
        header[^1] = (byte)'\n';
        return header;
    }

    /// <summary>Reads the header of a file, of any length that the file gives.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">
    ///   It is not a file of float32 vectors; the message says what is wrong, and what to do.
    /// </exception>
    public static NumpyHeader Read(SafeFileHandle file)
    {
        Span<byte> start = stackalloc byte[LongStartLength];
        int read = RandomAccess.Read(file, start, 0);
        if (read < StartLength || !start.StartsWith(Magic))
            throw new InvalidDataException("it is not a NumPy file: it does not start as one.");

        bool isShort = start[Magic.Length] == 1;
        if (start[Magic.Length] is 0 or > 3 || (!isShort && read < LongStartLength))
            throw new InvalidDataException("its header is not in format 1, 2 or 3 of NumPy files.");

        int textStart = isShort ? StartLength : LongStartLength;
        uint textLength = isShort
            ? BinaryPrimitives.ReadUInt16LittleEndian(start[(Magic.Length + 2)..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[(Magic.Length + 2)..]);
        if (textLength > MaxLength)
            throw new InvalidDataException($"its header has {textLength} bytes, and that of one array of numbers is short.");

        byte[] text = new byte[textLength];
        if (RandomAccess.Read(file, text, textStart) < text.Length)
            throw new InvalidDataException("it is cut off inside its header.");

        return Parse(Encoding.Latin1.GetString(text), textStart + text.Length);
    }

    private static NumpyHeader Parse(string text, int length)
    {
        Match match = WholePattern().Match(text);
        var values = new Dictionary<string, string>();
        foreach (Capture item in match.Groups["item"].Captures)
        {
            int colon = item.Value.IndexOf(':', StringComparison.Ordinal);
            values[item.Value[..colon].Trim('\'')] = item.Value[(colon + 1)..].Trim();
        }

        const int Keys = 3;
        if (!match.Success || values.Count != Keys || match.Groups["item"].Captures.Count != Keys)
            throw new InvalidDataException("its header is not that of one array of numbers.");

        string type = values["descr"].Trim('\'');
        if (type != "<f4")
        {
            throw new InvalidDataException(
                $"its numbers are of the type '{type}', and only float32 with the lowest byte first ('<f4') is read. In Python, "
                + "save vectors.astype('<f4').");
        }

        if (values["fortran_order"] != "False")
        {
            throw new InvalidDataException(
                "its numbers are in the order of Fortran, column after column. In Python, save "
                + "numpy.ascontiguousarray(vectors).");
        }

        string[] shape = values["shape"].Trim('(', ')').Split(',', StringSplitOptions.TrimEntries);
        if (shape is [.. var sizes, ""])
            shape = sizes;

        if (shape is not [var rows, var dimensions] || rows.Length is 0 or > MaxDigits
            || !int.TryParse(dimensions, NumberStyles.None, CultureInfo.InvariantCulture, out int columns))
        {
            throw new InvalidDataException(
                $"its shape is {values["shape"]}, and must be (number of records, length of a vector). In Python, see "
                + "vectors.reshape.");
        }

        long count = long.Parse(rows, NumberStyles.None, CultureInfo.InvariantCulture);
        return columns > 0 || count == 0
            ? new NumpyHeader(count, columns, length)
            : throw new InvalidDataException($"its shape is {values["shape"]}: its vectors are empty.");
    }

    [GeneratedRegex(
        """^\{\s*(?:(?<item>'descr'\s*:\s*'[^']*'|'fortran_order'\s*:\s*(?:True|False)|'shape'\s*:\s*\([0-9,\s]*\))"""
        + """\s*(?:,\s*|(?=\})))*\}\s*$""",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WholePattern();
}
