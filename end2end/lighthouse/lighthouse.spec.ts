import { crowd } from "../support/crowd";
import { organization } from "../support/organizations";
import { expect, test } from "../support/test";
import { type Audited, audit, CATEGORIES } from "./audit";
import { expectWithinBudget, kilobytes } from "./budget";

/** In each category, of 100. */
const LEAST = 95;

const MEMBERS = 10_000;

test("Lighthouse finds little to mend, and what travels is small", async ({ database, person }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  await crowd(database, wind, MEMBERS);
  const cookie = (await ada.cookie()).replace(/^cookie: /, "");
  const pages: Audited[] = [];
  for (const path of ["/home", `/o/${wind.slug}/members`]) {
    pages.push(await audit(`${ada.url}${path}`, { cookie }));
  }

  const [home, members] = pages;
  if (!home || !members) throw new Error("Both pages were audited.");
  print(home, `members (${MEMBERS.toLocaleString("en")})`, members);
  for (const page of pages) {
    for (const category of CATEGORIES) {
      const found = page.findings[category].join("\n");
      expect
        .soft(page.scores[category], `${category} of ${page.path}:\n${found}`)
        .toBeGreaterThanOrEqual(LEAST);
    }
    expectWithinBudget(page);
  }
});

function print(home: Audited, name: string, members: Audited): void {
  const row = (what: string, one: string | number, other: string | number) =>
    console.info(`${what.padEnd(34)} ${String(one).padStart(10)} ${String(other).padStart(18)}`);
  row("", "home", name);
  for (const category of CATEGORIES) {
    row(category, home.scores[category], members.scores[category]);
  }
  for (const timing of Object.keys(home.timings)) {
    row(timing, home.timings[timing] ?? "?", members.timings[timing] ?? "?");
  }
  row("first load: html, css, js, wasm", kilobytes(home.bytes), kilobytes(members.bytes));
  row("of it html", kilobytes(home.html), kilobytes(members.html));
  row("of it wasm", kilobytes(home.wasm), kilobytes(members.wasm));
}
