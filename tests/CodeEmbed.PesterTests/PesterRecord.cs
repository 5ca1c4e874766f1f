namespace CodeEmbed.PesterTests;

/// <summary>A line that tests/Pester/Run.ps1 sends.</summary>
/// <param name="Kind">The kind of the line.</param>
/// <param name="File">The name of the Pester file.</param>
/// <param name="Name">The name of the test, with its enclosing blocks.</param>
/// <param name="Id">The same without the values of a case, as when tests are listed.</param>
/// <param name="Line">The line of the file at which the test starts.</param>
/// <param name="Message">Why the test failed or was skipped.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record PesterRecord(
    PesterRecordKind Kind,
    string File = "",
    string Name = "",
    string? Id = null,
    int Line = 1,
    string? Message = null,
    double Milliseconds = 0);
