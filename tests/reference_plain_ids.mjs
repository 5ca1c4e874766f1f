// Writes the ids from Hugging Face's own tokenizers (the Rust library, through its npm binding) for texts, without special
// tokens, for make_reference_models.py.
//
// usage: node tests/reference_plain_ids.mjs TOKENIZER.JSON
//
// Reads a JSON array of texts from standard input, and writes an array of arrays of ids.
// Needs the npm package tokenizers (npm install --ignore-scripts tokenizers@0.23.2) in the working directory or above it.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const { Tokenizer } = createRequire(process.cwd() + '/')('tokenizers');
const tokenizer = Tokenizer.fromString(fs.readFileSync(process.argv[2], 'utf8'));
const ids = [];
for (const text of JSON.parse(fs.readFileSync(0, 'utf8')))
  ids.push(Array.from((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds()));

process.stdout.write(JSON.stringify(ids));
