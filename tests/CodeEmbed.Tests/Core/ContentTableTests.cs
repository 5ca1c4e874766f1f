using System.Security.Cryptography;
using CodeEmbed.Jsonl.Reuse;
using CodeEmbed.Tests.Staged;
using Xunit;

namespace CodeEmbed.Tests.Core;

/// <summary>What the table of reusable records takes. The measure is the whole process's, so nothing else may run.</summary>
[Collection(Alone.Name)]
public sealed class ContentTableTests
{
    [Fact]
    public void A_record_takes_at_most_64_bytes_of_memory()
    {
        const int Records = 300_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var table = new ContentTable();
        Span<byte> digest = stackalloc byte[32];
        for (int i = 0; i < Records; i++)
        {
            SHA256.HashData(BitConverter.GetBytes(i), digest);
            table.Add(ContentKey.Of(digest), LinePlace.Of(0, i, digest));
        }

        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.Equal(Records, table.Left);
        Assert.InRange((double)bytes / Records, 1, 64);
    }
}
