namespace CodeEmbed.Tests;

/// <summary>
/// The limit of whatever a test waits for. It only ends what hangs, so it is far longer than anything takes on a machine that
/// does much else. How soon something ends is <see cref="Promptness"/>'s.
/// </summary>
internal static class HangLimit
{
    public static TimeSpan Value { get; } = TimeSpan.FromMinutes(15);
}
