// Generates Fixtures/static/many-added-tokens.jsonl: the ids from Hugging Face's own tokenizers (the Rust library, through its
// npm binding) for texts with a WordPiece tokenizer that has tens of thousands of added tokens, which Model2Vec creates from
// words that a pre-tokenizer would split.
//
// usage: node tests/reference_many_added_tokens.mjs
//
// The tokenizer is Fixtures/architectures/bert-cls with 43,000 added tokens, normalized and not special; token i is "Get_" and
// i·2654435761 mod 2^32 in base 36. The texts are Fixtures/texts.jsonl, and then every 1,000th token three times, with nothing, a
// letter and a space in between. No special tokens are added around them.
// Needs the npm package tokenizers (npm install --ignore-scripts tokenizers@0.23.2) in the working directory or above it.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { Tokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'CodeEmbed.Tests', 'Fixtures');
const json = JSON.parse(fs.readFileSync(path.join(fixtures, 'architectures', 'bert-cls', 'tokenizer.json'), 'utf8'));
const name = i => 'Get_' + (i * 2654435761 % 2 ** 32).toString(36);
const vocabulary = Object.keys(json.model.vocab).length;
for (let i = 0; i < 43000; i++)
  json.added_tokens.push({
    id: vocabulary + i, content: name(i), single_word: false, lstrip: false, rstrip: false, normalized: true, special: false,
  });

const tokenizer = Tokenizer.fromString(JSON.stringify(json));
const texts = fs.readFileSync(path.join(fixtures, 'texts.jsonl'), 'utf8').split('\n').filter(line => line).map(JSON.parse);
for (let i = 0; i < 43000; i += 1000)
  texts.push(name(i) + name(i) + 'x' + name(i) + ' ' + name(i).toUpperCase());

const ids = [];
for (const text of texts)
  ids.push(JSON.stringify(Array.from((await tokenizer.encode(text.toWellFormed(), null, { addSpecialTokens: false })).getIds())));

fs.writeFileSync(path.join(fixtures, 'static', 'many-added-tokens.jsonl'), ids.join('\n') + '\n');
