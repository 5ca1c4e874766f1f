using Google.Protobuf;

namespace CodeEmbed.Onnx.OnnxFormat;

/// <summary>A protobuf message while it is being written.</summary>
internal sealed class ProtoMessage : IDisposable
{
    private readonly MemoryStream _bytes = new();
    private readonly CodedOutputStream _output;

    /// <summary>Starts an empty message.</summary>
    public ProtoMessage() => _output = new CodedOutputStream(_bytes, leaveOpen: true);

    /// <summary>Adds an integer or enum field.</summary>
    public ProtoMessage Add(int field, long value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteInt64(value);
        return this;
    }

    /// <summary>Adds a float field.</summary>
    public ProtoMessage Add(int field, float value)
    {
        _output.WriteTag(field, WireFormat.WireType.Fixed32);
        _output.WriteFloat(value);
        return this;
    }

    /// <summary>Adds a string field.</summary>
    public ProtoMessage Add(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
        return this;
    }

    /// <summary>Adds a bytes field.</summary>
    public ProtoMessage Add(int field, byte[] value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(ByteString.CopyFrom(value));
        return this;
    }

    /// <summary>Adds a message field, and completes the message that is added.</summary>
    public ProtoMessage Add(int field, ProtoMessage value)
    {
        using (value)
            return Add(field, value.ToArray());
    }

    /// <summary>The message's bytes.</summary>
    public byte[] ToArray()
    {
        _output.Flush();
        return _bytes.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _bytes.Dispose();
    }
}
