using System.Collections.Concurrent;
using CodeEmbed.Onnx.Scheduling;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

public sealed class WorkerThreadsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(3, 4)]
    public async Task Every_item_of_every_call_is_processed_once(int threads, int atOnce)
    {
        using var workers = new WorkerThreads(threads);
        var taken = new ConcurrentBag<(int Call, int Item)>();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(call => workers.RunAsync(100, next =>
        {
            for (int i = 0; i < atOnce && next() is { } item; i++)
                taken.Add((call, item));
        })));

        Assert.Equal(
            from call in Enumerable.Range(0, 5) from item in Enumerable.Range(0, 100) select (call, item), taken.Order());
    }

    [Fact]
    public async Task A_call_ends_when_its_items_are_finished_and_not_when_they_are_started()
    {
        using var workers = new WorkerThreads(2);
        using var go = new ManualResetEventSlim();

        Task call = workers.RunAsync(2, next =>
        {
            while (next() is not null)
                go.Wait(TestContext.Current.CancellationToken);
        });
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(call.IsCompleted);

        go.Set();
        await call;
    }

    [Fact]
    public async Task A_call_without_items_ends_at_once()
    {
        using var workers = new WorkerThreads(1);

        await workers.RunAsync(0, _ => Assert.Fail("There is nothing to do."));
    }

    [Fact]
    public async Task A_fair_share_leaves_work_for_every_thread()
    {
        using var workers = new WorkerThreads(4);
        using var started = new CountdownEvent(4);
        using var go = new ManualResetEventSlim();
        Task busy = workers.RunAsync(4, next =>
        {
            if (next() is null)
                return;

            started.Signal();
            go.Wait(TestContext.Current.CancellationToken);
        });
        started.Wait(TestContext.Current.CancellationToken);

        Task waiting = Task.WhenAll(workers.RunAsync(7, TakeOne), workers.RunAsync(3, TakeOne));
        Assert.Equal(3, workers.FairShare);

        go.Set();
        await Task.WhenAll(busy, waiting);
        Assert.Equal(1, workers.FairShare);

        static void TakeOne(Func<int?> next) => next();
    }
}
