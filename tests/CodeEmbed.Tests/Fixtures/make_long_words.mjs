// Makes long-words.jsonl: what Hugging Face's tokenizers give for words of thousands of letters with the tokenizer of codeembed-mini.
//
// usage: node make_long_words.mjs OUT.jsonl [WORDS=40]
//
// A word is made of its line: letter i is the one of the alphabet at (x_i >> 16) modulo its size, where x_0 is the seed and
// x_i+1 = 1664525 x_i + 1013904223 modulo 2^32 (Numerical Recipes' generator). The line has the number of ids, <s> and </s> included, and the
// SHA-256 of the ids with commas between them. Needs the npm package tokenizers (0.23) in the current folder.
import fs from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { Tokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const tokenizer = Tokenizer.fromFile(path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../module/models/codeembed-mini/tokenizer.json'));
const alphabets = ['a', 'ab', 'e', 'tion', 'selfreturn', 'abcdefghijklmnopqrstuvwxyz', 'AaBbCcDdEeFf', '01', '0123456789', '-', '=-', '/*#', '()[]{}', '中文字', 'éè', 'Жж'];
const lines = [];
for (let k = 0; k < Number(process.argv[3] ?? 40); k++) {
  const seed = 7919 * (k + 1), alphabet = [...alphabets[k % alphabets.length]], length = 4096 + (seed * 31) % 30000;
  let word = '';
  for (let i = 0, x = seed; i < length; i++, x = (Math.imul(x, 1664525) + 1013904223) >>> 0) word += alphabet[(x >>> 16) % alphabet.length];
  const ids = Array.from((await tokenizer.encode(word)).getIds());
  lines.push(JSON.stringify({ alphabet: alphabet.join(''), length, seed, count: ids.length, sha256: createHash('sha256').update(ids.join(',')).digest('hex') }));
}
fs.writeFileSync(process.argv[2], lines.join('\n') + '\n');
