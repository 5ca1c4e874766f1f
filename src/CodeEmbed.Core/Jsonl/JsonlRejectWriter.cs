using System.Buffers;
using System.Text;
using CodeEmbed.Runs;

namespace CodeEmbed.Jsonl;

/// <summary>Writes the records that a run passes over to a file of JSON Lines, each at once. See <c>docs/formats.md</c>.</summary>
public sealed class JsonlRejectWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();
    private bool _emptied;

    /// <summary>Opens the file. What it held is dropped with the first record, or at the end: until then it may turn out to be an input.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be opened, or another program writes to it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public JsonlRejectWriter(string path)
    {
        Path = path;
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,

            // Elsewhere than on Windows only this keeps a second run out, and programs that are not of .NET can read it all the same.
            Share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None,
            BufferSize = 0,
        });
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Writes a record: where it was read, its id, what is wrong with it and the record itself.</summary>
    /// <param name="refused">The record.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(RefusedRecord refused)
    {
        _line.ResetWrittenCount();
        Write("{\"file\":"u8, refused.Source?.File);
        Write(",\"line\":"u8, refused.Source?.Line);
        Write(",\"id\":"u8, refused.Id);
        Write(",\"error\":"u8, refused.Reason.ErrorId);
        Write(",\"reason\":"u8, refused.Reason.Message);

        // As a string, for it need not be JSON. What is not UTF-8 in it becomes U+FFFD.
        Write(",\"record\":"u8, refused.Record.IsEmpty ? null : Encoding.UTF8.GetString(refused.Record.Span));
        _line.Write("}\n"u8);
        Empty();
        long end = _file.CanSeek ? _file.Position : 0;
        try
        {
            _file.Write(_line.WrittenSpan);
        }
        catch (IOException) when (_file.CanSeek)
        {
            // Half a line, as of a full disk, is no use to anyone.
            _file.SetLength(end);
            throw;
        }
    }

    /// <summary>Ends the writing: where no record came, the file is empty.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Complete() => Empty();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Empty()
    {
        // What has no length, as a device, need not be emptied.
        if (!_emptied && _file.CanSeek)
            _file.SetLength(0);

        _emptied = true;
    }

    private void Write(ReadOnlySpan<byte> name, object? value)
    {
        _line.Write(name);
        PlainValueWriter.Write(_line, value);
    }
}
