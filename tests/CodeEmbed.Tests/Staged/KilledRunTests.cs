using Xunit;

namespace CodeEmbed.Tests.Staged;

/// <summary>The short form of <c>tests/kill.sh</c>.</summary>
[Collection(Alone.Name)]
public sealed class KilledRunTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_run_that_is_killed_at_random_moments_and_resumed_gives_the_file_of_an_uninterrupted_run()
    {
        var result = await DotnetProcess.RunAsync(Repository.KillTestAssembly, "--kills", "4", "--seed", "1");

        output.WriteLine(result.Output);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Fact]
    public async Task Sixteen_shards_in_separate_processes_a_third_of_them_killed_and_resumed_merge_to_the_single_run()
    {
        var result = await DotnetProcess.RunAsync(Repository.KillTestAssembly, "shards", "--shards", "16", "--seed", "1");

        output.WriteLine(result.Output);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }
}
