using CodeEmbed.Onnx.Sessions;
using Xunit;

namespace CodeEmbed.Tests.Onnx;

/// <summary>A card is identified by the output of NVIDIA's program, and it is reported if the program does not name it.</summary>
public sealed class NvidiaCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_card_is_read_from_the_output()
    {
        string program = Fake("echo 'NVIDIA H200, 570.86.15, 143771'; echo 'NVIDIA T4, 570.86.15, 15360'");

        NvidiaCard? card = NvidiaCard.Read(out string problem, program);

        Assert.Equal((new NvidiaCard("NVIDIA H200", "570.86.15", 143_771), ""), (card, problem));
        Assert.Equal("NVIDIA H200, 140.4 GiB, driver 570.86.15", $"{card}");
    }

    [Fact]
    public void The_first_of_several_cards_that_the_process_sees_is_queried()
    {
        NvidiaCard? card = NvidiaCard.Read(out _, Fake("echo \"$3, 1, 2\""), visible: "GPU-5f,GPU-6a");

        Assert.Equal("--id=GPU-5f", card?.Name);
    }

    [Theory]
    [InlineData("echo 'No devices were found'")]
    [InlineData("echo 'NVIDIA H200, 570.86.15, [N/A]'")]
    [InlineData("echo 'NVIDIA H200, 570.86.15, 143771'; exit 9")]
    public void A_card_that_the_program_does_not_name_is_unknown(string script)
    {
        Assert.Null(NvidiaCard.Read(out string problem, Fake(script)));
        Assert.Equal("nvidia-smi does not name it", problem);
    }

    [Fact]
    public void A_missing_program_is_reported()
    {
        Assert.Null(NvidiaCard.Read(out string problem, _folder.File("nvidia-smi")));
        Assert.Equal("nvidia-smi is not found", problem);
    }

    [Fact]
    public void The_program_is_searched_in_the_absolute_paths_of_PATH_and_not_in_the_current_folder()
    {
        string program = Fake("echo 'NVIDIA H200, 570.86.15, 143771'");
        string here = Path.Combine(Environment.CurrentDirectory, "nvidia-smi");
        File.Copy(program, here, overwrite: true);
        try
        {
            string relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path);

            Assert.Null(NvidiaCard.FindProgram(null));
            Assert.Null(NvidiaCard.FindProgram(string.Join(Path.PathSeparator, ".", "", relative)));
            Assert.Equal(program, NvidiaCard.FindProgram(string.Join(Path.PathSeparator, ".", "", relative, _folder.Path)));
            Assert.Null(NvidiaCard.Read(out string problem, "nvidia-smi"));
            Assert.Equal("nvidia-smi is not found", problem);
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Theory]
    [InlineData("sleep 3")]
    [InlineData("sleep 3 &")]
    public void A_program_that_hangs_or_never_closes_its_output_is_reported(string script)
    {
        Assert.Null(NvidiaCard.Read(out string problem, Fake(script), patience: TimeSpan.FromSeconds(0.3)));
        Assert.Equal("nvidia-smi does not answer", problem);
    }

    private string Fake(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The program is a script for a shell.");
        string path = _folder.File("nvidia-smi");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        return path;
    }
}
