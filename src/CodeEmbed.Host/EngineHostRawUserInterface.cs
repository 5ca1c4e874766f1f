using System.Management.Automation;
using System.Management.Automation.Host;

namespace CodeEmbed.Host;

/// <summary>Tells the formatter how wide the output is; there is no screen to read or draw on.</summary>
internal sealed class EngineHostRawUserInterface : PSHostRawUserInterface
{
    private const int RedirectedWidth = 120;
    private const int Height = 50;

    /// <inheritdoc/>
    public override Size BufferSize
    {
        get => new(Width, Height);
        set => throw NoScreen();
    }

    /// <inheritdoc/>
    public override Size WindowSize
    {
        get => BufferSize;
        set => throw NoScreen();
    }

    /// <inheritdoc/>
    public override Size MaxWindowSize => BufferSize;

    /// <inheritdoc/>
    public override Size MaxPhysicalWindowSize => BufferSize;

    /// <inheritdoc/>
    public override Coordinates WindowPosition { get; set; }

    /// <inheritdoc/>
    public override Coordinates CursorPosition { get; set; }

    /// <inheritdoc/>
    public override int CursorSize { get; set; }

    /// <inheritdoc/>
    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    /// <inheritdoc/>
    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    /// <inheritdoc/>
    public override string WindowTitle { get; set; } = "codeembed";

    /// <inheritdoc/>
    public override bool KeyAvailable => false;

    // A terminal of unknown size, as under some CI systems, reports a width of 0.
    private static int Width =>
        !Console.IsOutputRedirected && Console.WindowWidth > 0 ? Console.WindowWidth : RedirectedWidth;

    /// <inheritdoc/>
    public override void FlushInputBuffer()
    {
    }

    /// <inheritdoc/>
    public override KeyInfo ReadKey(ReadKeyOptions options) => throw NoScreen();

    /// <inheritdoc/>
    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw NoScreen();

    /// <inheritdoc/>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw NoScreen();

    /// <inheritdoc/>
    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw NoScreen();

    /// <inheritdoc/>
    public override void ScrollBufferContents(
        Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw NoScreen();

    private static PSNotSupportedException NoScreen() => new("codeembed has no screen.");
}
