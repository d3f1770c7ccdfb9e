// Measures how long `make watch` takes from saving a file until the new version answers:
//   make watch          in one terminal
//   node scripts/measure-rebuild.mjs FILE TEXT PATH [RUNS]
// It replaces TEXT in FILE by a text of its own, asks http://127.0.0.1:3000PATH until the answer contains
// that, and restores the file. For example:
//   node scripts/measure-rebuild.mjs app/src/pages/landing.rs '"Create an account"' / 3
//   node scripts/measure-rebuild.mjs crates/api/src/liveness.rs '"ok"' /healthz 3
import { readFileSync, writeFileSync } from "node:fs";

const [file, text, path, runs = "3"] = process.argv.slice(2);
if (!file || !text || !path) {
  console.error("usage: node scripts/measure-rebuild.mjs FILE TEXT PATH [RUNS]");
  process.exit(2);
}
const TIMEOUT_MS = 5 * 60_000;
const url = `http://127.0.0.1:3000${path}`;
const original = readFileSync(file, "utf8");
if (!original.includes(text)) {
  console.error(`${file} doesn't contain ${text}`);
  process.exit(2);
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function answers(expected) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return (await response.text()).includes(expected);
  } catch {
    return false;
  }
}

/** Saves the content and waits until the answer contains the text. Returns milliseconds. */
async function save(content, expected) {
  const start = performance.now();
  writeFileSync(file, content);
  while (!(await answers(expected))) {
    if (performance.now() - start > TIMEOUT_MS) throw new Error("no new version within 5 minutes");
    await pause(20);
  }
  return performance.now() - start;
}

try {
  for (let run = 1; run <= Number(runs); run += 1) {
    const marker = `rebuild-${Date.now()}`;
    const replacement = text.startsWith('"') ? `"${marker}"` : marker;
    const milliseconds = await save(original.replace(text, replacement), marker);
    console.log(`${file}: ${(milliseconds / 1000).toFixed(1)} s`);
    await pause(2000);
  }
} finally {
  writeFileSync(file, original);
}
