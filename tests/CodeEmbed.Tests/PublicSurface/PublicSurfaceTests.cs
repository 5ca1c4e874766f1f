using Xunit;

namespace CodeEmbed.Tests.PublicSurface;

/// <summary>The public surface of each assembly is the approved one: the lists are next to this test.</summary>
public sealed class PublicSurfaceTests
{
    /// <summary>If set, the lists are written, to be reviewed and committed.</summary>
    private const string ApproveVariable = "CODEEMBED_APPROVE_SURFACE";

    [Theory]
    [InlineData("CodeEmbed.Core")]
    [InlineData("CodeEmbed.Extensions.AI")]
    [InlineData("CodeEmbed.Hub")]
    [InlineData("CodeEmbed.Onnx")]
    [InlineData("CodeEmbed.PowerShell")]
    [InlineData("CodeEmbed.Sources")]
    public void The_public_surface_is_the_approved_one(string assembly)
    {
        string list = Path.Combine(Repository.Root, "tests", "CodeEmbed.Tests", "PublicSurface", assembly + ".txt");
        string[] actual = SurfaceList.Of(BuiltAssembly.Load(assembly));
        if (Environment.GetEnvironmentVariable(ApproveVariable) is { Length: > 0 })
            File.WriteAllLines(list, actual);

        string[] approved = File.ReadAllLines(list);
        string[] changes =
            [.. approved.Except(actual).Select(line => "- " + line), .. actual.Except(approved).Select(line => "+ " + line)];

        Assert.True(
            changes.Length == 0,
            $"The public surface of {assembly} changed:\n{string.Join('\n', changes)}\nIf that is meant, change {list}, or run "
            + "this "
            + $"test once with {ApproveVariable}=1.");
    }

    [Fact]
    public void Each_member_is_a_line() => Assert.Contains(
        "System.Version int Major { get; }", SurfaceList.Of(typeof(Version).Assembly));
}
