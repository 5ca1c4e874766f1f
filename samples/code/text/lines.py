def read_lines(path):
    """All lines of a file, without their ends."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]


def count_words(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: -item[1])
