//! Limits of what a page loads until it is hydrated; see docs/benchmarks.md.
import { expect } from "../support/fixtures";

/** In bytes, compressed with brotli. */
const MAX_WASM = 480_000;
const HOME = { wasm: 340_000, firstLoad: 380_000 };

/** What a page loaded, in bytes as transferred. */
export interface Load {
  path: string;
  /** Document, styles, scripts and wasm. */
  bytes: number;
  /** Of these, wasm. */
  wasm: number;
}

/** Records a failure for each limit that the page exceeds; the test continues. */
export function expectWithinBudget({ path, bytes, wasm }: Load): void {
  expect(wasm, `bytes of wasm of ${path}`).toBeGreaterThan(0);
  const maxWasm = path === "/home" ? HOME.wasm : MAX_WASM;
  expect.soft(wasm, `bytes of wasm of ${path}`).toBeLessThanOrEqual(maxWasm);
  if (path === "/home") {
    expect.soft(bytes, `bytes of the first load of ${path}`).toBeLessThanOrEqual(HOME.firstLoad);
  }
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
