using System.Buffers.Binary;

namespace CodeEmbed.Tests.Hostile;

/// <summary>Changes bytes at random.</summary>
internal static class ByteMutation
{
    private static readonly long[] Extremes =
    [
        0, 1, -1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, int.MaxValue, int.MinValue, uint.MaxValue,
        long.MaxValue, long.MaxValue - 7, long.MinValue, 1L << 62, 1L << 61, 1L << 32, 100_000_000,
    ];

    /// <summary>A changed copy: one to four changes, most of them near the start or the end, where the tables are.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="near">How far from the start or the end most changes are.</param>
    public static byte[] Change(Random random, byte[] bytes, int near = int.MaxValue)
    {
        for (int changes = random.Next(1, 5); changes > 0 && bytes.Length > 0; changes--)
            bytes = ChangeOnce(random, bytes, near);

        return bytes;
    }

    private static byte[] ChangeOnce(Random random, byte[] bytes, int near)
    {
        int range = Math.Min(near, bytes.Length);
        int place = random.Next(4) == 0 ? random.Next(bytes.Length)
            : random.Next(2) == 0 ? random.Next(range)
            : bytes.Length - 1 - random.Next(range);
        int length = Math.Min(random.Next(1, 33), bytes.Length - place);
        byte[] copy = [.. bytes];
        switch (random.Next(9))
        {
            case 0:
                copy[place] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[place] = (byte)random.Next(256);
                return copy;
            case 2:
                WriteExtreme(random, copy.AsSpan(place));
                return copy;
            case 3:
                return [.. bytes.AsSpan(0, place), .. bytes.AsSpan(place + length)];
            case 4:
                return [.. bytes.AsSpan(0, place + length), .. bytes.AsSpan(place, length), .. bytes.AsSpan(place + length)];
            case 5:
                byte[] noise = new byte[length];
                random.NextBytes(noise);
                return [.. bytes.AsSpan(0, place), .. noise, .. bytes.AsSpan(place)];
            case 6:
                int from = random.Next(bytes.Length - length + 1);
                bytes.AsSpan(from, length).CopyTo(copy.AsSpan(place));
                return copy;
            case 7:
                copy.AsSpan(place, length).Fill((byte)(random.Next(2) * 0xFF));
                return copy;
            default:
                return random.Next(4) == 0 ? copy[..place] : copy[..^random.Next(Math.Min(64, copy.Length))];
        }
    }

    private static void WriteExtreme(Random random, Span<byte> target)
    {
        Span<byte> value = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, Extremes[random.Next(Extremes.Length)]);
        int length = Math.Min(1 << random.Next(4), target.Length);
        value[..length].CopyTo(target);
        if (random.Next(4) == 0)
            target[..length].Reverse();
    }
}
