namespace CodeEmbed.ModelFiles;

/// <summary>
///   A file of a model is not valid. The message is a sentence that names the file; the code that loads or fetches the model
///   puts the model's name before it and throws a <see cref="ModelLoadException"/>.
/// </summary>
internal sealed class ModelFormatException(string message, Exception? innerException = null) : Exception(message, innerException);
