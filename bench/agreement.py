#!/usr/bin/env python3
"""Compares the functions and methods that Get-CodeSnippet finds with those that the language's own parser finds.

Prints a line per language: how many of the reference's functions have the same name, the same start and the same end here, and
how many of ours are the reference's. The reference is Python's ast, Roslyn, PowerShell's parser, and for other languages
universal-ctags, whose start is the line of the name.

usage: bench/agreement.py LANGUAGE FOLDER... [--show N]
"""
import argparse
import ast
import collections
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE / 'CodeEmbed.Outlines/bin/Release/net10.0/CodeEmbed.Outlines.dll'
ENDINGS = {
    'python': ['.py'], 'c#': ['.cs'], 'powershell': ['.ps1', '.psm1'], 'javascript': ['.js', '.mjs', '.cjs'],
    'typescript': ['.ts', '.mts', '.cts'], 'java': ['.java'], 'go': ['.go'], 'rust': ['.rs'], 'c': ['.c'], 'c++': ['.cpp', '.cc'],
    'ruby': ['.rb'], 'php': ['.php'],
}
CTAGS = {
    'javascript': ('JavaScript', 'fmgGS'), 'typescript': ('TypeScript', 'fm'), 'java': ('Java', 'm'), 'go': ('Go', 'f'),
    'rust': ('Rust', 'fP'), 'c': ('C', 'f'), 'c++': ('C++', 'f'), 'ruby': ('Ruby', 'fS'), 'php': ('PHP', 'f'),
}


def ours(kind, language, files):
    result = subprocess.run(['dotnet', str(PROGRAM), kind, language], input='\n'.join(files), stdout=subprocess.PIPE, text=True,
                            check=True)
    for line in result.stdout.splitlines():
        yield json.loads(line)


def of_python(files):
    for file in files:
        try:
            tree = ast.parse(pathlib.Path(file).read_bytes())
        except (SyntaxError, ValueError):
            continue
        yield file, None
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield file, (node.name, node.lineno, node.end_lineno)


def of_ctags(language, files):
    name, kinds = CTAGS[language]
    arguments = ['ctags', '--output-format=json', '--fields=+neK', '--language-force=' + name, f'--kinds-{name}={kinds}',
                 '--sort=no', '-f', '-', '-L', '-']
    result = subprocess.run(arguments, input='\n'.join(files), stdout=subprocess.PIPE, text=True, check=True, errors='replace')
    for line in result.stdout.splitlines():
        tag = json.loads(line)
        # A name that ctags makes up for a function without one is not a name.
        if not tag['name'].startswith('AnonymousFunction'):
            yield tag['path'], (tag['name'], tag['line'], tag.get('end'))


def short(name):
    return name.split('::')[-1].split('.')[-1].lstrip('*&~#')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('language')
    parser.add_argument('folders', nargs='+')
    parser.add_argument('--show', type=int, default=0)
    options = parser.parse_args()
    language = options.language
    files = sorted(str(path) for folder in options.folders for path in pathlib.Path(folder).rglob('*')
                   if path.suffix in ENDINGS[language] and path.is_file()
                   and not path.name.endswith(('.min.js', '.d.ts', '.d.cts', '.d.mts')))
    reference = collections.defaultdict(collections.Counter)
    parsed = set(files)
    if language == 'python':
        parsed = set()
        for file, function in of_python(files):
            parsed.add(file)
            if function:
                reference[file][function] += 1
    elif language in ('c#', 'powershell'):
        kind = 'roslyn' if language == 'c#' else 'powershell'
        for file, name, start, name_line, end in ours(kind, language, files):
            reference[file][short(name), start, end] += 1
    else:
        for file, (name, line, end) in of_ctags(language, files):
            # ctags reports a function twice if its name occurs twice, as in x.name = function name().
            reference[file][short(name), line, end] = 1

    found = collections.defaultdict(collections.Counter)
    by_name_line = language not in ('python', 'c#', 'powershell')
    for file, name, start, name_line, end in ours('ours', language, files):
        if file in parsed:
            found[file][short(name), name_line if by_name_line else start, end] += 1

    total = same = named = mine = 0
    differences = []
    for file in parsed:
        wanted, have = reference[file], found[file]
        # A reference without the ends of functions is compared without them.
        for (name, line, end), count in wanted.items():
            total += count
            lines = {other: number for (other_name, other, _), number in have.items() if other_name == name}
            named += min(count, lines.get(line, 0))
            hits = have[name, line, end] if end else lines.get(line, 0)
            same += min(count, hits)
            if hits < count:
                differences.append(f'  lost  {file}:{line} {name} to {end}: '
                                   f'{[key for key in have if key[0] == name] or "not there"}')
        mine += sum(have.values())
        keys = {(name, line) for name, line, _ in wanted}
        differences += [f'  added {file}:{line} {name} to {end}' for name, line, end in have if (name, line) not in keys]

    print(f'{language}: {len(parsed)} files, {total} functions; name, start and end {same / max(total, 1):.2%}, '
          f'name and start {named / max(total, 1):.2%}; {mine} found here')
    for line in sorted(differences)[:options.show]:
        print(line)


if __name__ == '__main__':
    sys.exit(main())
