//! Asking Lighthouse, in a browser that can reach nothing but this machine.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromiumArguments } from "../playwright.config";
import { run } from "../support/processes";

export const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;

type Category = (typeof CATEGORIES)[number];

/** Timings differ from run to run; the run in the middle counts. */
const RUNS = 3;

/** What Lighthouse says of a page. */
export interface Audited {
  path: string;
  /** Of 100. */
  scores: Record<Category, number>;
  /** What kept a score below 100. */
  findings: Record<Category, string[]>;
  /** As people feel them, with their units. */
  timings: Record<string, string>;
  /** What travelled before the page took clicks: document, styles, scripts and wasm. */
  bytes: number;
  /** Of these, the document. */
  html: number;
  /** Of them those of the page's wasm, all of its parts. */
  wasm: number;
}

/** Audits a page on a phone's screen, processor and network, as Lighthouse imagines them. */
export async function audit(url: string, headers: Record<string, string>): Promise<Audited> {
  const runs: Audited[] = [];
  for (let number = 0; number < RUNS; number += 1) runs.push(await once(url, headers));
  runs.sort((one, other) => one.scores.performance - other.scores.performance);
  const middle = runs[Math.floor(RUNS / 2)];
  if (!middle) throw new Error("There is a run in the middle.");
  return middle;
}

const chromium = [
  "--headless=new",
  ...chromiumArguments,
  "--host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'",
];

async function once(url: string, headers: Record<string, string>): Promise<Audited> {
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

/** The parts of a report that are read here. */
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

function read(report: Report): Audited {
  if (report.runtimeError) throw new Error(report.runtimeError.message);
  const each = <T>(look: (category: Category) => T) =>
    Object.fromEntries(CATEGORIES.map((category) => [category, look(category)])) as Record<
      Category,
      T
    >;
  const transfers = (report.audits["network-requests"]?.details?.items ?? []) as Transfer[];
  const travelled = (wanted: (transfer: Transfer) => boolean) =>
    transfers.filter(wanted).reduce((sum, { transferSize }) => sum + transferSize, 0);
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
    bytes: travelled((transfer) => isDocument(transfer) || isCode(transfer)),
    html: travelled(isDocument),
    wasm: travelled(({ url }) => url.endsWith(".wasm")),
  };
}
