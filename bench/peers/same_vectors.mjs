// Checks that two programs computed the same embeddings: the same ids in the same order, and vectors as close as float32 allows.
// Snippets that were cut are skipped: transformers.js cuts </s> off, which Hugging Face's tokenizers keep.
//
// usage: node same_vectors.mjs CODEEMBED.jsonl PEER.jsonl
import fs from 'node:fs';

const read = path => fs.readFileSync(path, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line));
const [a, b] = process.argv.slice(2).map(read);
if (a.length !== b.length || a.some((record, i) => record.id !== b[i].id)) {
  console.error(`not the same snippets: ${a.length} and ${b.length} records`);
  process.exit(1);
}
const pairs = a.map((record, i) => [record, b[i]]).filter(([record]) => record.truncated_tokens === 0);
const difference = Math.max(...pairs.map(
  ([left, right]) => Math.max(...left.vector.map((value, k) => Math.abs(value - right.vector[k])))));
console.log(`the same ${a.length} snippets; the vectors of the ${pairs.length} that were not cut differ by at most `
  + difference.toExponential(1));
process.exit(difference <= 1e-4 ? 0 : 1);
