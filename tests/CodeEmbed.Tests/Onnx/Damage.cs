using CodeEmbed.ModelFiles;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>Damages files.</summary>
internal static class Damage
{
    /// <summary>
    ///   Sets every byte of a checkpoint, one after the other, to other values. The file may then be read, or refused as damaged,
    ///   but nothing else may happen.
    /// </summary>
    public static void EveryByte(string fileName, byte[] bytes)
    {
        using var file = new CheckpointFile(fileName, bytes);
        foreach (int place in Enumerable.Range(0, bytes.Length))
        {
            foreach (byte value in new byte[] { 0, 0xFF, (byte)(bytes[place] + 1), (byte)'0' })
            {
                byte[] damaged = [.. bytes];
                damaged[place] = value;
                file.Write(damaged);
                Exception? exception = Record.Exception(file.Open);
                Assert.True(exception is null or ModelFormatException, $"Byte {place} as 0x{value:x2}: {exception}");
            }
        }
    }
}
