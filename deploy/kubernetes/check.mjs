// Checks the YAML files of this folder against the published schema of the Kubernetes API, from the package kubernetes-models,
// and checks that no property is misspelled. The tests run it; to run it by hand, in tests/kubernetes, which has the packages:
//
//     npm ci --ignore-scripts
//     node ../../deploy/kubernetes/check.mjs
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(join(process.cwd(), "check.mjs"));
const { Job } = require("kubernetes-models/batch/v1");
const { PersistentVolumeClaim } = require("kubernetes-models/v1");
const yaml = require("js-yaml");
const kinds = { Job, PersistentVolumeClaim };
const folder = dirname(fileURLToPath(import.meta.url));

const validate = (text) => {
    const object = yaml.load(text);
    new kinds[object.kind](object).validate();
    return object;
};

// The schema allows unknown properties, and the API server drops them. So each name must be in the schema: its type definitions
// have all of them.
const root = dirname(require.resolve("kubernetes-models/package.json"));
const known = new Set();
const machinery = dirname(require.resolve("@kubernetes-models/apimachinery/package.json"));
for (const [base, names] of [[root, ["batch/v1", "v1"]], [machinery, ["apis/meta/v1"]]]) {
    for (const name of names) {
        for (const file of readdirSync(join(base, name)).filter((file) => file.endsWith(".d.ts"))) {
            for (const [, property] of readFileSync(join(base, name, file), "utf8").matchAll(/^\s*"?(\w+)"?\??:/gm)) {
                known.add(property);
            }
        }
    }
}

const maps = new Set(["limits", "requests", "labels", "annotations"]);
const misspelt = (value, path = "") =>
    value === null || typeof value !== "object" ? []
        : Object.entries(value).flatMap(([name, inner]) => [
            ...(Array.isArray(value) || known.has(name) || maps.has(path.split(".").at(-1)) ? [] : [`${path}.${name}`]),
            ...misspelt(inner, Array.isArray(value) ? path : `${path}.${name}`),
        ]);

let failed = 0;
for (const file of readdirSync(folder).filter((file) => file.endsWith(".yaml"))) {
    const text = readFileSync(join(folder, file), "utf8");
    try {
        const wrong = misspelt(validate(text));
        if (wrong.length > 0) {
            throw new Error(`the schema does not know ${wrong.join(", ")}`);
        }

        console.log(`${file}: valid`);
    } catch (error) {
        failed++;
        console.log(`${file}: ${error.message}`);
    }
}

// Tests the check itself: damaged in these ways, the file must not pass.
const job = readFileSync(join(folder, "job.yaml"), "utf8");
for (const [from, to] of [
    ["completions: 16", "completions: many"], ["restartPolicy: Never", "restartPolicy: 1"],
    ["backoffLimitPerIndex", "backOffLimitPerIndex"], ["readOnlyRootFilesystem", "readonlyRootFilesystem"],
    ["        - name: shard\n", "        - title: shard\n"],
]) {
    let passes = true;
    try {
        passes = misspelt(validate(job.replace(from, to))).length === 0;
    } catch {
        passes = false;
    }

    if (passes || !job.includes(from)) {
        failed++;
        console.log(`the check does not see that '${from}' became '${to}'`);
    }
}

process.exitCode = failed;
