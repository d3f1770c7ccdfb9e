// number-imports.mjs FILE...: wasm-bindgen ends the name of what it imports by a hash, which doesn't
// compress. This puts a number of the same length there, the same one in all files, in place.
import { readFileSync, writeFileSync } from "node:fs";

const imported = /(__wbg_\w+?_)[0-9a-f]{16}\b/g;
const numbers = new Map();

for (const file of process.argv.slice(2)) {
  // One character a byte, so that no length changes.
  const content = readFileSync(file, "latin1").replace(imported, (name, start) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return start + String(numbers.get(name)).padStart(16, "0");
  });
  writeFileSync(file, content, "latin1");
}
