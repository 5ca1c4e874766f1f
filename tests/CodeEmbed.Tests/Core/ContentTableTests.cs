using System.Buffers.Binary;
using System.Security.Cryptography;
using CodeEmbed.Jsonl.Reuse;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>The memory that the table of reusable records takes.</summary>
public sealed class ContentTableTests
{
    [Fact]
    public void A_record_takes_at_most_64_bytes_of_memory()
    {
        const int Records = 500_000;
        Span<byte> number = stackalloc byte[sizeof(int)], digest = stackalloc byte[32];
        var table = new ContentTable();

        // The allocations of this thread, including the smaller tables before: they do not depend on other threads.
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Records; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, i);
            SHA256.HashData(number, digest);
            table.Add(ContentKey.Of(digest), LinePlace.Of(0, i, digest));
        }

        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Records, table.Left);
        Assert.InRange((double)bytes / Records, 1, 64);
    }
}
