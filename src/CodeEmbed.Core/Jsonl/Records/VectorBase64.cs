using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CodeEmbed.Numbers;

namespace CodeEmbed.Jsonl.Records;

/// <summary>Vectors as <see cref="EmbeddingVectorEncoding.Base64"/>.</summary>
internal static class VectorBase64
{
    /// <summary>Writes a vector, with the quotes around it.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<float> vector)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(vector);
        Span<byte> text = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length) + 2);
        Base64.EncodeToUtf8(bytes, text[1..], out _, out int length);
        text[0] = text[length + 1] = (byte)'"';
        output.Advance(length + 2);
    }

    /// <summary>Reads the vector at the start of a text that comes after its first quote.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vector">Receives the vector; it has the length that the vector must have.</param>
    /// <param name="length">How long the vector's text is.</param>
    /// <returns>Whether there is such a vector, of finite numbers.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, Span<float> vector, out int length)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(vector);
        length = Base64.GetMaxEncodedToUtf8Length(bytes.Length);
        return text.Length >= length
            && Base64.DecodeFromUtf8(text[..length], bytes, out _, out int written) == OperationStatus.Done
            && written == bytes.Length && FiniteNumbers.AreAll(vector);
    }

    /// <summary>Reads a vector of any length.</summary>
    /// <param name="reader">The reader, at the string.</param>
    /// <returns>The vector; <see langword="null"/> if it is not one of finite numbers, or is empty.</returns>
    public static float[]? Read(in Utf8JsonReader reader)
    {
        // An escape is allowed anywhere in JSON, and no program writes one here.
        ReadOnlySpan<byte> text = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(JsonStrings.Read(in reader)) : reader.ValueSpan;
        if (!Base64.IsValid(text, out int length) || length == 0 || length % sizeof(float) != 0)
            return null;

        float[] vector = new float[length / sizeof(float)];
        Span<byte> bytes = MemoryMarshal.AsBytes(vector.AsSpan());
        bool isRead = Base64.DecodeFromUtf8(text, bytes, out _, out int written) == OperationStatus.Done && written == length;
        return isRead && FiniteNumbers.AreAll(vector) ? vector : null;
    }
}
