// Whether two programs made the same embeddings: the same ids in the same order, and vectors as near as float32 lets them be.
//
// usage: node same_vectors.mjs A.jsonl B.jsonl
import fs from 'node:fs';

const read = path => fs.readFileSync(path, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line));
const [a, b] = process.argv.slice(2).map(read);
if (a.length !== b.length || a.some((record, i) => record.id !== b[i].id)) {
  console.error(`not the same snippets: ${a.length} and ${b.length} records`);
  process.exit(1);
}
const difference = Math.max(...a.map((record, i) => Math.max(...record.vector.map((value, k) => Math.abs(value - b[i].vector[k])))));
console.log(`the same ${a.length} snippets; their vectors differ by at most ${difference.toExponential(1)}`);
process.exit(difference <= 1e-4 ? 0 : 1);
