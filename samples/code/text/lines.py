def read_lines(path):
    """All lines of a file, without their ends."""
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]
