// Generates tests/CodeEmbed.Tests/Fixtures/bert-stages.jsonl with Hugging Face's own tokenizers (the Rust library, through its
// npm binding): the output of BertNormalizer and BertPreTokenizer for texts.
//
// usage: node tests/reference_bert_stages.mjs
//
// A line has the flags of the normalizer, a text and its words. The texts have every character at which the behavior of a stage
// changes, found by trying all of Unicode, and random combinations.
// Needs the npm package tokenizers (npm install --ignore-scripts tokenizers@0.23.2) in the working directory or above it.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { bertNormalizer, bertPreTokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const file = path.join(path.dirname(fileURLToPath(import.meta.url)), 'CodeEmbed.Tests', 'Fixtures', 'bert-stages.jsonl');
const splitter = bertPreTokenizer();
const none = { cleanText: false, handleChineseChars: false, stripAccents: false, lowercase: false };
const flags = [
  { ...none, cleanText: true }, { ...none, handleChineseChars: true }, { ...none, stripAccents: true },
  { ...none, lowercase: true },
  none, { ...none, lowercase: true, stripAccents: undefined }, { ...none, stripAccents: undefined },
  { cleanText: true, handleChineseChars: true, stripAccents: undefined, lowercase: true },
];
const normalizers = flags.map(bertNormalizer);
const words = (normalizer, text) => splitter.preTokenizeString(normalizer.normalizeString(text)).map(([word]) => word);

const kind = character => normalizers.slice(0, 5).map(normalizer => {
  const made = words(normalizer, `a${character}b`);
  return made.join('|') === `a${character}b` ? '.' : made.length;
}).join();
const borders = new Set();
let before = '';
for (let value = 1; value < 0x110000; value++) {
  if (value >= 0xD800 && value < 0xE000)
    continue;

  const now = kind(String.fromCodePoint(value));
  if (now !== before && value > 1) {
    for (const place of [value - 1, value])
      borders.add(place === 0xDFFF ? 0xD7FF : place);
  }

  before = now;
}

let seed = 15;
const random = below => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % 65536 % below;
const pools = [
  [0x20, 0x5F], [0x20, 0x5F], [0, 0x250], [0x300, 0x70], [0x4E00, 0x5000], [0x2000, 0x70], [0x1F00, 0x100], [0xAC00, 0x2000],
  [0x1D400, 0x400], [0xF900, 0x200],
];
const character = () => {
  const [first, count] = pools[random(pools.length)];
  return String.fromCodePoint(first + random(count));
};
const texts = [];
const list = [...borders];
for (let i = 0; i < list.length; i += 24)
  texts.push(list.slice(i, i + 24).map(value => `a${String.fromCodePoint(value)}b`).join(' '));

const lines = texts.flatMap(text => normalizers.slice(0, 5).map(
  (normalizer, i) => ({ flags: flags[i], text, words: words(normalizer, text) })));
for (let i = 0; i < 160; i++) {
  const text = Array.from({ length: 1 + random(40) }, character).join('');
  lines.push({ flags: flags[i % flags.length], text, words: words(normalizers[i % flags.length], text) });
}

fs.writeFileSync(file, lines.map(line => JSON.stringify(line)).join('\n') + '\n');
console.log(`${list.length} characters, ${lines.length} lines`);
