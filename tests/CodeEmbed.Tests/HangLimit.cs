namespace CodeEmbed.Tests;

/// <summary>
/// The limit for anything that a test waits for. It only ends a hang, so it is far longer than any operation on a busy machine.
/// How quickly something must end is checked by <see cref="Promptness"/>.
/// </summary>
internal static class HangLimit
{
    public static TimeSpan Value { get; } = TimeSpan.FromMinutes(15);
}
