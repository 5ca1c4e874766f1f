using CodeEmbed.Onnx.Models;

namespace CodeEmbed.Onnx.Tokenizers;

/// <summary>Reads the tokenizer of a model, from the files that it has.</summary>
internal static class TokenizerReader
{
    /// <summary>
    ///   Reads a tokenizer: from tokenizer.json with the changes in <see cref="TokenizerConfig"/>. If that file is missing, it is
    ///   read from vocab.json with merges.txt or from vocab.txt, and the files next to them.
    /// </summary>
    /// <param name="folder">The model.</param>
    /// <exception cref="ModelFormatException">A file is missing or damaged, or has something that is not supported.</exception>
    public static Tokenizer Read(ModelFolder folder)
    {
        if (folder.Find(TokenizerJson.FileName) is { } path)
            return TokenizerJson.Read(path, TokenizerConfig.Read(folder));

        if (folder.Find(WordPieceFiles.VocabularyName) is null && folder.Find(ByteLevelFiles.VocabularyName) is null
            && ModelFileNames.SentencePiece.FirstOrDefault(name => folder.Find(name) is not null) is { } sentencePiece)
        {
            throw new ModelFormatException(
                $"{TokenizerJson.FileName} is missing in '{folder.Path}': the tokenizer exists only as {sentencePiece}, which "
                + "is not read. Load it with AutoTokenizer in transformers and save it with save_pretrained, which writes "
                + $"{TokenizerJson.FileName}.");
        }

        Tokenizer tokenizer =
            folder.Find(WordPieceFiles.VocabularyName) is not null && folder.Find(ByteLevelFiles.VocabularyName) is null
                ? WordPieceFiles.Read(folder)
                : ByteLevelFiles.Read(folder);
        return TokenizerConfig.Read(folder)?.TruncationSide == TokenizerConfig.Left ? tokenizer.KeepingEnd() : tokenizer;
    }
}
