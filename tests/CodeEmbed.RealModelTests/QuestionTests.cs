using System.Numerics.Tensors;
using CodeEmbed.Onnx;
using CodeEmbed.Tests;
using Xunit;

namespace CodeEmbed.RealModelTests;

/// <summary>Questions in English find the function that answers them, which is the purpose of the vectors.</summary>
// Every test uses all cores, so they run one after the other.
[Collection(nameof(RealModels))]
public sealed class QuestionTests(RealModels models)
{
    private static readonly (string Name, string Code)[] Functions =
    [
        ("lines", """
            def process(path):
                with open(path) as f:
                    for line in f:
                        yield line.rstrip('\n')
            """),
        ("sort", """
            def arrange(values):
                return sorted(values, key=lambda v: v, reverse=True)
            """),
        ("fetch", """
            async function get(url) {
              const response = await fetch(url);
              return await response.json();
            }
            """),
        ("gcd", """
            int gcd(int a, int b) {
                while (b != 0) {
                    int t = a % b;
                    a = b;
                    b = t;
                }
                return a;
            }
            """),
        ("mail", """
            def notify(to, subject, body):
                with smtplib.SMTP(HOST) as server:
                    server.sendmail(SENDER, to, f'Subject: {subject}\n\n{body}')
            """),
        ("hash", """
            public static string Store(string password, byte[] salt) =>
                Convert.ToHexString(Rfc2898DeriveBytes.Pbkdf2(password, salt, 600000, HashAlgorithmName.SHA256, 32));
            """),
        ("query", """
            def users(connection):
                cursor = connection.cursor()
                cursor.execute('SELECT id, name FROM users')
                return cursor.fetchall()
            """),
        ("thumbnail", """
            def shrink(source, target):
                image = Image.open(source)
                image.thumbnail((128, 128))
                image.save(target)
            """),
        ("date", """
            func parse(s string) (time.Time, error) {
                return time.Parse("2006-01-02", s)
            }
            """),
        ("matrix", """
            def product(a, b):
                return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]
            """),
    ];

    private static readonly (string Question, string Answer)[] Questions =
    [
        ("read a file line by line", "lines"),
        ("sort a list in descending order", "sort"),
        ("download JSON from a web address", "fetch"),
        ("greatest common divisor of two integers", "gcd"),
        ("send an email", "mail"),
        ("hash a password with a salt", "hash"),
        ("select rows from a database table", "query"),
        ("resize a picture", "thumbnail"),
        ("convert a string to a date", "date"),
        ("multiply two matrices", "matrix"),
    ];

    [Theory]
    [InlineData(RealModels.MiniLM, EmbeddingPrecision.Float32)]
    [InlineData(RealModels.MiniLM, EmbeddingPrecision.Int8)]
    public void A_question_finds_the_function_that_answers_it(string name, EmbeddingPrecision precision)
    {
        using OnnxEmbeddingService service = models.Get(name).Service(precision);
        float[][] functions = Embed(service, Functions.Select(function => function.Code));
        float[][] questions = Embed(service, Questions.Select(question => question.Question));

        IEnumerable<string> answers = questions.Select(
            question => Functions[Enumerable.Range(0, functions.Length).MaxBy(
                i => TensorPrimitives.CosineSimilarity(question, functions[i]))].Name);

        Assert.Equal(Questions, Questions.Zip(answers, (question, answer) => (question.Question, answer)));
    }

    private static float[][] Embed(OnnxEmbeddingService service, IEnumerable<string> texts) =>
    [
        .. service.EmbedBatch([.. texts.Select(RealModel.Snippet)], TestContext.Current.CancellationToken)
            .Select(embedding => embedding.Vector),
    ];
}
