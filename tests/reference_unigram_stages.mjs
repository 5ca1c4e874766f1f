// Generates tests/CodeEmbed.Tests/Fixtures/unigram-stages.jsonl with Hugging Face's own tokenizers (the Rust library, through its
// npm binding): the ids from small Unigram tokenizers, each with different stages.
//
// usage: node tests/reference_unigram_stages.mjs
//
// A line has the members of a tokenizer.json, texts and their ids. If precompiled_charsmap is the name of a folder in
// Fixtures/architectures, that model's map is used. CLUSTERS is a map that replaces every cluster of under 6 bytes and each
// letter of a longer one with "b", so that the ids show where clusters end.
// Needs the npm package tokenizers (npm install --ignore-scripts tokenizers@0.23.2) in the working directory or above it.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { Tokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const fixtures = path.join(path.dirname(fileURLToPath(import.meta.url)), 'CodeEmbed.Tests', 'Fixtures');
const model = 'xlm-roberta-mean';
const map = JSON.parse(fs.readFileSync(path.join(fixtures, 'architectures', model, 'tokenizer.json'), 'utf8'))
  .normalizer.precompiled_charsmap;

let seed = 22;
const random = below => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % 65536 % below;
const pick = list => list[random(list.length)];
const make = (alphabet, most) => Array.from({ length: 1 + random(most) }, () => pick(alphabet)).join('');

// A double array whose root has every byte for a child, each an entry with the same text.
function clusters() {
  const units = new Uint32Array(1024);
  units[0] = 256 << 10;
  for (let value = 1; value < 256; value++)
    units[256 ^ value] = ((256 ^ value ^ 512) << 10) | (1 << 8) | value;

  units[512] = 0x80000000;
  const parts = [Uint32Array.of(units.byteLength).buffer, units.buffer, 'b\0'];
  return Buffer.concat(parts.map(part => Buffer.from(part))).toString('base64');
}

const letters = [...'abc\u2581 \u00e9\u{1F600}\u4e2d\n_x\u03011.-\u200d', '  ', '<unk>'];
const texts = [
  '', ' ', '  ', '\u2581', 'a', ' a', '  a  b ', 'a\tb', 'a\u00a0b\u3000c\u2028d', 'a <unk>b<unk> <unk>',
  '\u0001a', '\u0001 a', 'xyz\u00e9x', '\u{1F600}\u{1F600}',
  'a'.repeat(300), 'ab'.repeat(200), 'aab'.repeat(150), 'a\u200db c\u200c_1\u00b2\u2167.-',
  ...Array.from({ length: 12 }, () => make(letters, 30)),
];

// Some scores are equal, so that several segmentations of a word are equally good; others are written like float32.
const scores = [
  () => -random(3), () => -random(60000) / 1000, () => Math.fround(-random(60000) / 7e3), () => random(60000) / 7e3 - 6,
];
const vocabulary = (...tokens) => {
  const score = pick(scores);
  const made = Array.from({ length: 40 }, () => make(letters, 4));
  return [...new Set(['<unk>', 'a', 'b', '\u2581', ...tokens, ...made])].map(token => [token, score()]);
};
const bytes = Array.from({ length: 256 }, (_, value) => `<0x${value.toString(16).toUpperCase().padStart(2, '0')}>`);
const metaspace = (scheme, split = true, replacement = '\u2581') =>
  ({ type: 'Metaspace', replacement, prepend_scheme: scheme, split });
const replace = (pattern, content) => ({ type: 'Replace', pattern, content });
const precompiled = { type: 'Precompiled', precompiled_charsmap: model };
const strip = (left, right) => ({ type: 'Strip', strip_left: left, strip_right: right });
const unknown = normalized => [
  { id: 0, content: '<unk>', single_word: false, lstrip: true, rstrip: false, normalized, special: !normalized },
];

const cases = [
  {}, {}, {}, {},
  { model: { vocab: vocabulary(...bytes), byte_fallback: true } },
  { model: { vocab: vocabulary(...bytes.filter(token => token !== '<0xA9>')), byte_fallback: true } },
  { model: { unk_id: 1 } },
  { model: { type: undefined } },
  { added_tokens: unknown(false) },
  { added_tokens: unknown(true), normalizer: precompiled, pre_tokenizer: metaspace('first') },
  { pre_tokenizer: metaspace('always') }, { pre_tokenizer: metaspace('always', false) },
  { pre_tokenizer: metaspace('first') }, { pre_tokenizer: metaspace('first', false) },
  { pre_tokenizer: metaspace('never') }, { pre_tokenizer: metaspace('never', true, '\u{1F600}') },
  { pre_tokenizer: { type: 'Metaspace', replacement: '_', add_prefix_space: true } },
  { pre_tokenizer: { type: 'Metaspace', replacement: '_', add_prefix_space: false, prepend_scheme: 'never' } },
  { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace('always')] } },
  { pre_tokenizer: { type: 'WhitespaceSplit' } }, { pre_tokenizer: { type: 'Whitespace' } },
  { normalizer: strip(true, true) }, { normalizer: strip(true, false) }, { normalizer: strip(false, true) },
  { normalizer: { type: 'Prepend', prepend: '\u2581' } },
  { normalizer: replace({ String: 'ab' }, '') }, { normalizer: replace({ String: ' ' }, '\u2581') },
  { normalizer: replace({ Regex: ' {2,}' }, '\u2581'), pre_tokenizer: metaspace('first') },
  { normalizer: replace({ Regex: 'b*' }, 'x') }, { normalizer: replace({ Regex: '(?<=a)[^a]' }, '$0\\1') },
  { normalizer: precompiled, pre_tokenizer: metaspace('always') },
  { normalizer: { type: 'Sequence', normalizers: [precompiled, strip(false, true), replace({ Regex: ' {2,}' }, '\u2581')] } },
  {
    normalizer: { type: 'Precompiled', precompiled_charsmap: clusters() },
    model: { vocab: [['<unk>', 0], ['b', -1]] },
    texts: clusterTexts(),
  },
  { normalizer: precompiled, model: { vocab: [['<unk>', 0], ...alphabetOf('afi1234567890ABC /')] }, texts: mappedTexts() },
];

function alphabetOf(characters) {
  return [...characters].map(character => [character, -1]);
}

function clusterTexts() {
  const sets = [
    'a\u00a9\u200d\u0301\u{1F600}\u00ae\u200c\u20e3', '\u0915\u094d\u0301\u200d\u200c\u093f\u0958a\u1039\u1000',
    '\u1100\u1160\u11a8\uac00\uac01\u0301a\u{16D63}', '\u{1F1E6}\u{1F1E7}\u0301a\u0600\u200d', '\r\na\u0301\u0600\u00ad',
  ].map(set => [...set]);
  return [...sets, sets.flat()].flatMap(set => Array.from({ length: 60 }, () => make(set, 9)));
}

function mappedTexts() {
  const set = [
    ...'\ufb01\u00bd\uff21\u3300\u00aaae\u0301\u0327\u200d\u094d\r\n',
    ...'\u00a0\u3000\u2460\uff76\uff9e\ufdfa\u0001\ufeff\u00ad',
  ];
  return Array.from({ length: 200 }, () => make(set, 10));
}

const inPlace = json => json.replaceAll(`"${model}"`, `"${map}"`);
const lines = [];
for (const { model: changed = {}, texts: own = texts, ...stages } of cases) {
  const tokenizer = {
    version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, ...stages,
    model: { type: 'Unigram', unk_id: 0, vocab: vocabulary(), byte_fallback: false, ...changed },
  };
  const reference = Tokenizer.fromString(inPlace(JSON.stringify({ truncation: null, padding: null, ...tokenizer })));
  const ids = [];
  for (const text of own)
    ids.push(Array.from((await reference.encode(text)).getIds()));

  lines.push(JSON.stringify({ tokenizer, texts: own, ids }));
}

fs.writeFileSync(path.join(fixtures, 'unigram-stages.jsonl'), lines.join('\n') + '\n');
