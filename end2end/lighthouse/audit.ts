//! Lighthouse audits, in a browser that can connect to this machine only.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromiumArguments } from "../playwright.config";
import { run } from "../support/processes";

export const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;

type Category = (typeof CATEGORIES)[number];

/** The median run counts, since timings vary. */
const RUNS = 3;

/** The result of a Lighthouse audit. */
export interface Audit {
  path: string;
  /** Of 100. */
  scores: Record<Category, number>;
  /** The audits that lowered a score. */
  findings: Record<Category, string[]>;
  /** By name, with their units. */
  timings: Record<string, string>;
  /** The bytes transferred on load: document, styles, scripts and wasm. */
  bytes: number;
  /** The bytes of the document. */
  html: number;
  /** The bytes of the page's wasm, all of its chunks. */
  wasm: number;
}

/** Audits a page with Lighthouse's simulation of a phone's screen, processor and network. */
export async function audit(url: string, headers: Record<string, string>): Promise<Audit> {
  const runs: Audit[] = [];
  for (let number = 0; number < RUNS; number += 1) runs.push(await once(url, headers));
  runs.sort((one, other) => one.scores.performance - other.scores.performance);
  const middle = runs[Math.floor(RUNS / 2)];
  if (!middle) throw new Error("There is no median run.");
  return middle;
}

const chromium = [
  "--headless=new",
  ...chromiumArguments,
  "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'",
];

async function once(url: string, headers: Record<string, string>): Promise<Audit> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-lighthouse-"));
  const report = join(folder, "report.json");
  try {
    await run(process.execPath, [
      resolve(__dirname, "node_modules/lighthouse/cli/index.js"),
      url,
      "--quiet",
      "--no-enable-error-reporting",
      "--output=json",
      `--output-path=${report}`,
      `--only-categories=${CATEGORIES.join(",")}`,
      `--extra-headers=${JSON.stringify(headers)}`,
      `--chrome-flags=${chromium.join(" ")}`,
    ]);
    return read(JSON.parse(await readFile(report, "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The fields of a Lighthouse report that are used here. */
interface Report {
  finalDisplayedUrl: string;
  runtimeError?: { message: string };
  categories: Record<
    Category,
    { score: number | null; auditRefs: { id: string; weight: number }[] }
  >;
  audits: Record<
    string,
    {
      title: string;
      score: number | null;
      displayValue?: string;
      details?: { items?: unknown[] };
    }
  >;
}

interface Transfer {
  url: string;
  resourceType?: string;
  transferSize: number;
}

const TIMINGS = {
  "first-contentful-paint": "first paint",
  "largest-contentful-paint": "largest paint",
  "total-blocking-time": "blocked",
  "cumulative-layout-shift": "shift",
};

function read(report: Report): Audit {
  if (report.runtimeError) throw new Error(report.runtimeError.message);
  const each = <T>(look: (category: Category) => T) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, look(category)])) as Record<
      Category,
      T
    >;
  const transfers = (report.audits["network-requests"]?.details?.items ?? []) as Transfer[];
  const transferred = (matches: (transfer: Transfer) => boolean) =>
    transfers.filter(matches).reduce((sum, { transferSize }) => sum + transferSize, 0);
  const isDocument = ({ resourceType }: Transfer) => resourceType === "Document";
  const isCode = ({ url }: Transfer) => /\.(css|js|wasm)(\?|$)/.test(url);
  return {
    path: new URL(report.finalDisplayedUrl).pathname,
    scores: each((category) => Math.round((report.categories[category].score ?? 0) * 100)),
    findings: each((category) => {
      const refs = report.categories[category].auditRefs.filter(({ weight }) => weight > 0);
      const audits = refs.map(({ id }) => report.audits[id]);
      return audits.flatMap((audit) =>
        audit && audit.score !== null && audit.score < 0.9
          ? [[audit.title, audit.displayValue].filter(Boolean).join(": ")]
          : [],
      );
    }),
    timings: Object.fromEntries(
      Object.entries(TIMINGS).map(([id, name]) => [
        name,
        (report.audits[id]?.displayValue ?? "?").replaceAll("\u00a0", " "),
      ]),
    ),
    bytes: transferred((transfer) => isDocument(transfer) || isCode(transfer)),
    html: transferred(isDocument),
    wasm: transferred(({ url }) => url.endsWith(".wasm")),
  };
}
