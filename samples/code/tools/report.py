def write_lines(path, lines):
    """Writes a file of lines."""
    with open(path, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
