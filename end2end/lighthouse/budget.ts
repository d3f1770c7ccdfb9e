//! What a page may load before it takes clicks; see docs/benchmarks.md.
import { expect } from "../support/test";

/** In bytes of 1,000 to a KB, as brotli. */
const MOST_WASM = 480_000;
const HOME = { wasm: 340_000, firstLoad: 380_000 };

/** What a page loaded, in bytes as they travelled. */
export interface Load {
  path: string;
  /** Document, styles, scripts and wasm. */
  bytes: number;
  /** Of these, wasm. */
  wasm: number;
}

/** Notes a failure for each limit that the page exceeds; the test goes on. */
export function expectWithinBudget({ path, bytes, wasm }: Load): void {
  expect(wasm, `bytes of wasm of ${path}`).toBeGreaterThan(0);
  const mostWasm = path === "/home" ? HOME.wasm : MOST_WASM;
  expect.soft(wasm, `bytes of wasm of ${path}`).toBeLessThanOrEqual(mostWasm);
  if (path === "/home") {
    expect.soft(bytes, `bytes of the first load of ${path}`).toBeLessThanOrEqual(HOME.firstLoad);
  }
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
