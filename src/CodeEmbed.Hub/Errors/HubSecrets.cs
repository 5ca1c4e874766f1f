using System.Text.RegularExpressions;

namespace CodeEmbed.Hub.Errors;

/// <summary>Keeps passwords and tokens out of messages: user names and passwords in addresses, and access tokens.</summary>
internal static partial class HubSecrets
{
    private const string Hidden = "***";

    /// <summary>Removes the secrets from a text.</summary>
    /// <param name="text">A message, which may hold addresses.</param>
    /// <param name="token">The access token that was sent, or <see langword="null"/>.</param>
    public static string Remove(string text, string? token = null)
    {
        if (!string.IsNullOrEmpty(token))
            text = text.Replace(token, Hidden, StringComparison.Ordinal);

        return Token().Replace(UserPart().Replace(text, "://"), Hidden);
    }

    /// <summary>Removes the user name and the password from text that should be one address, but may not be.</summary>
    public static string RemoveFromAddress(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal), start = scheme < 0
            ? 0
            : scheme + 3, end = address.LastIndexOf('@');
        return Remove(end < start ? address : address[..start] + address[(end + 1)..]);
    }

    /// <summary>
    ///   The failure that may be kept inside an error: the same, or one without the secrets that a message of it holds.
    /// </summary>
    public static Exception Remove(Exception failure, string? token)
    {
        string text = failure.ToString();
        return Remove(text, token) == text ? failure : new HubAnswerException(Remove(failure.Message, token));
    }

    // Up to the last '@' of the word: a password may hold any character.
    [GeneratedRegex(@"://\S*@")]
    private static partial Regex UserPart();

    [GeneratedRegex(@"\bhf_[A-Za-z0-9]{8,}")]
    private static partial Regex Token();
}
