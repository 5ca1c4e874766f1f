#!/usr/bin/env python3
"""Documentation to function: how well snippets are found, compared with windows of 40 lines over the same files.

prepare FOLDER OUT FILES: takes Python files, removes the documentation strings from them into OUT/code, and writes their text
as queries (OUT/queries.jsonl) and the files in windows of 40 lines (OUT/windows.jsonl). Every function whose string has at
least five words is searched once, with the string's first paragraph.

score OUT NAME...: prints MRR@10 of OUT/NAME.out.jsonl, embeddings that Export-CodeEmbedding wrote, with the queries in
OUT/queries.out.jsonl. A snippet answers if it has the line with the function's name, or at least half of the function's lines.

usage: bench/retrieval.sh runs both
"""
import ast
import json
import pathlib
import sys

WINDOW = 40


def documented(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)) and node.body \
                and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant) \
                and isinstance(node.body[0].value.value, str):
            yield node, node.body[0]


def strip(text):
    """The text without documentation strings, and their content by the names and order of the functions."""
    tree = ast.parse(text)
    lines = text.split('\n')
    said = {}
    for node, string in documented(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and string.lineno > node.lineno:
            said[node.lineno] = string.value.value
        first, last = string.lineno - 1, string.end_lineno
        if lines[first][:string.col_offset].strip() or lines[last - 1][string.end_col_offset:].strip():
            continue
        lines[first:last] = [None] * (last - first)
        if len(node.body) == 1 and not isinstance(node, ast.Module):
            lines[first] = ' ' * string.col_offset + 'pass'
    kept = [number + 1 for number, line in enumerate(lines) if line is not None]
    new_line = {old: new + 1 for new, old in enumerate(kept)}
    stripped = '\n'.join(line for line in lines if line is not None)
    return stripped, {new_line[line]: doc for line, doc in said.items() if line in new_line}


def prepare(folder, out, count):
    out = pathlib.Path(out)
    (out / 'code').mkdir(parents=True, exist_ok=True)
    queries, windows = [], []
    files = sorted(path for path in pathlib.Path(folder).glob('*.py') if 2000 < path.stat().st_size < 200_000)
    for path in files[:int(count)]:
        text, said = strip(path.read_text(encoding='utf-8'))
        (out / 'code' / path.name).write_text(text, encoding='utf-8')
        lines = text.splitlines(keepends=True)
        for start in range(0, len(lines), WINDOW):
            part = lines[start:start + WINDOW]
            windows.append({'id': f'{path.name}:{start + 1}', 'file_path': path.name, 'language': 'python',
                            'content': ''.join(part),
                            'metadata': {'start_line': start + 1, 'end_line': start + len(part)}})
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno in said:
                words = ' '.join(said[node.lineno].strip().split('\n\n')[0].split())
                if len(words.split()) >= 5:
                    queries.append({'id': f'{path.name}:{node.lineno}', 'file_path': path.name, 'language': '',
                                    'content': words, 'metadata': {'start_line': node.lineno, 'end_line': node.end_lineno}})
    for name, records in (('queries', queries), ('windows', windows)):
        with open(out / f'{name}.jsonl', 'w', encoding='utf-8') as file:
            file.writelines(json.dumps(record) + '\n' for record in records)


def read(path):
    import numpy
    records = [json.loads(line) for line in open(path, encoding='utf-8')]
    return records, numpy.array([record['vector'] for record in records], dtype=numpy.float32)


def answers(query, record):
    if record['file_path'].split('/')[-1] != query['file_path']:
        return False
    start, end = query['metadata']['start_line'], query['metadata']['end_line']
    first, last = record['metadata']['start_line'], record['metadata']['end_line']
    return first <= start <= last or 2 * (min(end, last) - max(start, first) + 1) >= end - start + 1


def score(out, *names):
    import numpy
    queries, questions = read(f'{out}/queries.out.jsonl')
    for name in names:
        records, vectors = read(f'{out}/{name}.out.jsonl')
        total = 0.0
        for query, question in zip(queries, questions):
            best = numpy.argsort(-(vectors @ question), kind='stable')[:10]
            rank = next((rank for rank, index in enumerate(best, 1) if answers(query, records[index])), None)
            total += 1 / rank if rank else 0
        print(f'{name}: MRR@10 {total / len(queries):.4f} over {len(queries)} queries, {len(records)} pieces')


if __name__ == '__main__':
    {'prepare': prepare, 'score': score}[sys.argv[1]](*sys.argv[2:])
