namespace CodeEmbed.Hub.Cache;

/// <summary>A disk has not the space for a file.</summary>
/// <param name="folder">A folder on the disk.</param>
/// <param name="numbers">How much is needed and how much there is, as a phrase.</param>
internal sealed class DiskFullException(string folder, string numbers) : IOException($"{numbers} at '{folder}'");
