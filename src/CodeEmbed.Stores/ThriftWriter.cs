using System.Buffers;
using System.Text;

namespace CodeEmbed.Stores;

/// <summary>
///   Writes structures in Apache Thrift's compact protocol, which Parquet uses for its metadata.
/// </summary>
/// <param name="output">The destination.</param>
internal sealed class ThriftWriter(IBufferWriter<byte> output)
{
    private const byte I32 = 5, I64 = 6, Binary = 8, List = 9, Struct = 12;
    private const int MaxShortDelta = 15, MaxShortList = 14;

    private readonly Stack<short> _outer = new();
    private short _last;

    /// <summary>Begins a structure that is a field of another.</summary>
    public void BeginStruct(short field)
    {
        WriteField(field, Struct);
        BeginElement();
    }

    /// <summary>Begins a structure that is an element of a list.</summary>
    public void BeginElement()
    {
        _outer.Push(_last);
        _last = 0;
    }

    /// <summary>Ends a structure; ending the outermost one completes the output.</summary>
    public void EndStruct()
    {
        WriteByte(0);
        _ = _outer.TryPop(out _last);
    }

    /// <summary>Begins a list of structures.</summary>
    public void BeginList(short field, int count) => BeginList(field, count, Struct);

    /// <summary>Writes a list of enumerated values.</summary>
    public void Write(short field, ReadOnlySpan<int> values)
    {
        BeginList(field, values.Length, I32);
        foreach (int value in values)
            WriteZigzag(value);
    }

    /// <summary>Writes a list of texts.</summary>
    public void Write(short field, ReadOnlySpan<string> values)
    {
        BeginList(field, values.Length, Binary);
        foreach (string value in values)
            WriteText(value);
    }

    /// <summary>Writes a number of 4 bytes.</summary>
    public void Write(short field, int value)
    {
        WriteField(field, I32);
        WriteZigzag(value);
    }

    /// <summary>Writes a number of 8 bytes.</summary>
    public void Write(short field, long value)
    {
        WriteField(field, I64);
        WriteZigzag(value);
    }

    /// <summary>Writes a text.</summary>
    public void Write(short field, string value)
    {
        WriteField(field, Binary);
        WriteText(value);
    }

    /// <summary>Writes a number with 7 bits per byte, lowest bits first.</summary>
    public static void WriteVariable(IBufferWriter<byte> output, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            output.Write([(byte)(value | 0x80)]);

        output.Write([(byte)value]);
    }

    private void BeginList(short field, int count, byte type)
    {
        WriteField(field, List);
        if (count <= MaxShortList)
        {
            WriteByte((byte)((count << 4) | type));
            return;
        }

        WriteByte((byte)(0xF0 | type));
        WriteVariable(output, (ulong)count);
    }

    private void WriteField(short field, byte type)
    {
        int delta = field - _last;
        if (delta is <= 0 or > MaxShortDelta)
            throw new ArgumentOutOfRangeException(nameof(field), "Fields are written in order.");

        WriteByte((byte)((delta << 4) | type));
        _last = field;
    }

    private void WriteText(string value)
    {
        WriteVariable(output, (ulong)Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, output);
    }

    private void WriteZigzag(long value) => WriteVariable(output, (ulong)((value << 1) ^ (value >> 63)));

    private void WriteByte(byte value) => output.Write([value]);
}
