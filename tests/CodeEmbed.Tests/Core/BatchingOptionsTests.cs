using CodeEmbed.Pipeline;
using Xunit;

namespace CodeEmbed.Tests.Core;

public sealed class BatchingOptionsTests
{
    [Fact]
    public void A_batch_holds_16_snippets_by_default()
    {
        Assert.Equal(16, new BatchingOptions().BatchSize);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_batch_holds_at_least_one_snippet(int size)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchingOptions { BatchSize = size });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void At_least_one_batch_is_in_progress(int lookAhead)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchingOptions { LookAhead = lookAhead });
    }
}
