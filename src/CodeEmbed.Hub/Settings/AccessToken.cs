using CodeEmbed.Files;
using CodeEmbed.Hub.Errors;

namespace CodeEmbed.Hub.Settings;

/// <summary>Finds the token that is sent to the Hub.</summary>
internal static class AccessToken
{
    /// <summary>Finds the token: the one that is given, or else the one in the file.</summary>
    /// <param name="token">The token that is given, or <see langword="null"/>.</param>
    /// <param name="tokenFile">The file, which need not exist, or <see langword="null"/>.</param>
    /// <returns>The token, or <see langword="null"/> if neither has one.</returns>
    /// <exception cref="HubAnswerException">It cannot be read or sent.</exception>
    public static string? Find(string? token, string? tokenFile)
    {
        token = (token ?? ReadFile(tokenFile))?.Trim();
        if (string.IsNullOrEmpty(token))
            return null;

        return token.All(c => c is > ' ' and <= '~')
            ? token
            : throw new HubAnswerException(
                "the access token has characters that no access token has. Set HF_TOKEN to the token as the Hub shows it.");
    }

    private static string? ReadFile(string? path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = FileError.OfReading(e, path: string.Empty).Problem;
            throw new HubAnswerException(
                $"the file with the access token cannot be read: {problem} Set HF_TOKEN, or HF_TOKEN_PATH to another file.", e);
        }
    }
}
