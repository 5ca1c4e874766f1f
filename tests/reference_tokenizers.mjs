// Generates the reference ids in tests/CodeEmbed.Tests/Fixtures/tokenizer-json with Hugging Face's own tokenizers (the Rust
// library, through its npm binding).
//
// usage: node tests/reference_tokenizers.mjs [FOLDER]
//
// cases.jsonl there has one tokenizer per line, as changes to tiny-roberta/tokenizer.json: its members replace the members of the
// file, and the members of "model" those of the model; "without" lists tokens to remove from the vocabulary, with the merges that
// name them, and "pairs" writes merges as lists. Each tokenizer gets NAME.jsonl: the ids of every text in ../texts.jsonl, and
// then of every text in texts.jsonl next to cases.jsonl, including special tokens, truncated to 64. Lone surrogates are read as
// U+FFFD. With FOLDER, the tokenizers are also written there as NAME/tokenizer.json.
// Needs the npm package tokenizers (npm install --ignore-scripts tokenizers@0.23.2) in the working directory or above it.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { Tokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'CodeEmbed.Tests', 'Fixtures');
const cases = path.join(fixtures, 'tokenizer-json');
const lines = file => fs.readFileSync(file, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line));
const texts = [...lines(path.join(fixtures, 'texts.jsonl')), ...lines(path.join(cases, 'texts.jsonl'))];

function change({ name, without = [], pairs = false, model = {}, ...members }) {
  const file = JSON.parse(fs.readFileSync(path.join(fixtures, 'tiny-roberta', 'tokenizer.json'), 'utf8'));
  Object.assign(file, members);
  Object.assign(file.model, model);
  for (const token of without)
    delete file.model.vocab[token];

  file.model.merges = file.model.merges.map(merge => merge.split(' '))
    .filter(([left, right]) => ![left, right, left + right].some(token => without.includes(token)))
    .map(pair => pairs ? pair : pair.join(' '));
  return JSON.stringify(file);
}

for (const entry of lines(path.join(cases, 'cases.jsonl'))) {
  const json = change(entry);
  if (process.argv[2]) {
    fs.mkdirSync(path.join(process.argv[2], entry.name), { recursive: true });
    fs.writeFileSync(path.join(process.argv[2], entry.name, 'tokenizer.json'), json);
  }

  const tokenizer = Tokenizer.fromString(json);
  tokenizer.setTruncation(64, { strategy: 'LongestFirst' });
  const ids = [];
  for (const text of texts)
    ids.push(JSON.stringify(Array.from((await tokenizer.encode(text.toWellFormed())).getIds())));

  fs.writeFileSync(path.join(cases, `${entry.name}.jsonl`), ids.join('\n') + '\n');
}
