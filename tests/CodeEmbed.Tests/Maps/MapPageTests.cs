using System.Text.Json;
using Xunit;

namespace CodeEmbed.Tests.Maps;

/// <summary>The page in a browser, where Chromium is installed.</summary>
public sealed class MapPageTests : IDisposable
{
    private const string Hostile = "</script><script>window.hacked = true</script><img src=x onerror='window.hacked = true'>";

    /// <summary>If set, the folder in which screenshots of the page are saved for inspection.</summary>
    private const string PicturesVariable = "CODEEMBED_MAP_PICTURES";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_shows_finds_and_colours_points_and_runs_none_of_the_code()
    {
        string? program = Browser.Find();
        Assert.SkipWhen(program is null, "Chromium is not installed.");
        string page = _folder.File("map.html");
        await TestMaps.WriteAsync(page, [
            TestMaps.Embedding("a", [2, 0], "src/core/a.py", "python", Hostile, "read_lines", (3, 4)),
            TestMaps.Embedding("b", [-2, 0], "src/web/b.cs", "csharp", name: Hostile),
            TestMaps.Embedding("c", [0, 1], "src/web/c.cs", "csharp", content: null),
            TestMaps.Embedding("d", [0, -1], "src/web/d.cs", "csharp"),
        ]);

        await using Browser browser = await Browser.OpenAsync(program, _folder.File("profile"), page);
        await browser.WaitForAsync("document.body?.dataset.ready");
        Assert.Equal("true", await TextAsync(browser, "document.body.dataset.ready"));
        Assert.Equal(["csharp (3)", "python (1)"], await TextsAsync(browser, "#legend button"));
        Assert.StartsWith("4 snippets, owner/model.", await TextAsync(browser, "document.querySelector('#summary').textContent"));

        // Pointing at a point shows the code unchanged.
        (double x, double y) = await browser.PlaceAsync("codeMap.position(0)");
        await browser.PointAsync(x, y);
        await browser.WaitForAsync("!document.querySelector('#hover').hidden");
        Assert.Equal(
            ["read_lines", "src/core/a.py, lines 3-4 (python)", Hostile], await TextsAsync(browser, "#hover > *"));

        // After a click, it stays visible even if the mouse is elsewhere.
        await browser.PointAsync(x, y, click: true);
        await browser.WaitForAsync("!document.querySelector('#selected').hidden");
        await browser.PointAsync(x, y - 150);
        await browser.WaitForAsync("document.querySelector('#hover').hidden");
        Assert.Equal("read_lines", await TextAsync(browser, "document.querySelector('#selected .name').textContent"));

        // The search finds names and paths in any letter case, and shows the selected result.
        await browser.ClickAsync("#search");
        await browser.TypeAsync("WEB/C");
        await browser.WaitForAsync("document.querySelectorAll('#results button').length === 1");
        Assert.Equal("1 snippet found", await TextAsync(browser, "document.querySelector('#found').textContent"));
        await KeepPictureAsync(browser, "found");
        await browser.ClickAsync("#results button");
        await browser.WaitForAsync("document.querySelector('#selected .name').textContent === 'c'");
        Assert.Equal("The index holds no code.", (await TextsAsync(browser, "#selected > *"))[2]);
        await browser.WaitForAsync(
            "(() => { const [x, y] = codeMap.position(2); const box = document.querySelector('#map').getBoundingClientRect(); "
            + "return Math.hypot(x - box.width / 2, y - box.height / 2) < 3; })()");
        await browser.EvaluateAsync("document.querySelector('#search').select()");
        await browser.TypeAsync("script>");
        await browser.WaitForAsync("document.querySelector('#results button')?.textContent.includes('script>')");

        // The legend hides groups, and other colours show all of them again.
        await browser.ClickAsync("#legend button");
        await browser.WaitForAsync("document.body.dataset.shown === '1'");
        await browser.EvaluateAsync(
            "(() => { const box = document.querySelector('#colors'); box.value = 'folder'; "
            + "box.dispatchEvent(new Event('change')); })()");
        await browser.WaitForAsync("document.body.dataset.shown === '4'");
        Assert.Equal(["web (3)", "core (1)"], await TextsAsync(browser, "#legend button"));
        await KeepPictureAsync(browser, "folders");

        Assert.Equal("undefined", await TextAsync(browser, "typeof window.hacked"));
        Assert.Equal("0", await TextAsync(browser, "String(document.images.length)"));
        Assert.Equal([new Uri(page).AbsoluteUri], browser.Requests);
        Assert.Empty(browser.Problems);
    }

    [Fact]
    public async Task Without_WebGL_it_says_so_and_the_search_works()
    {
        string? program = Browser.Find();
        Assert.SkipWhen(program is null, "Chromium is not installed.");
        string page = _folder.File("map.html");
        await TestMaps.WriteAsync(page, [TestMaps.Embedding("a", [2, 0]), TestMaps.Embedding("b", [-2, 0])]);

        await using Browser browser = await Browser.OpenAsync(program, _folder.File("profile"), page, hasWebGL: false);
        await browser.WaitForAsync("document.body?.dataset.ready");

        Assert.Equal(
            "The map cannot be drawn: it needs WebGL, which this browser does not support. The search still works.",
            await TextAsync(browser, "document.querySelector('#problem').textContent"));
        await browser.ClickAsync("#search");
        await browser.TypeAsync("b");
        await browser.WaitForAsync("document.querySelectorAll('#results button').length === 1");
        await browser.ClickAsync("#results button");
        await browser.WaitForAsync("document.querySelector('#selected .name').textContent === 'b'");
        Assert.Empty(browser.Problems);
    }

    private static async Task<string?> TextAsync(Browser browser, string expression) =>
        (string?)await browser.EvaluateAsync(expression);

    private static async Task<string?[]> TextsAsync(Browser browser, string selector) =>
        [.. (await browser.EvaluateAsync(
            $"[...document.querySelectorAll({JsonSerializer.Serialize(selector)})].map(element => element.textContent)"))!
            .AsArray().Select(text => (string?)text)];

    private static async Task KeepPictureAsync(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesVariable) is not { Length: > 0 } folder)
            return;

        await browser.SaveScreenAsync(Path.Combine(folder, $"{name}.png"));
    }
}
