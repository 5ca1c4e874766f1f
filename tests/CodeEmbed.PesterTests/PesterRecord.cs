namespace CodeEmbed.PesterTests;

/// <summary>A line that tests/Pester/Run.ps1 sends.</summary>
/// <param name="Kind">What the line is.</param>
/// <param name="File">The name of the Pester file.</param>
/// <param name="Name">The name of the test, with the blocks that it is in.</param>
/// <param name="Id">The same before the values of a case are put in, as it is when tests are listed.</param>
/// <param name="Line">The line of the file that the test begins at.</param>
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
