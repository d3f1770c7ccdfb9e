import { insertMembersAndWait } from "../support/bulk-members";
import { expect, test } from "../support/fixtures";
import { createOrganization } from "../support/organizations";
import { type Audit, audit, CATEGORIES } from "./audit";
import { expectWithinBudget, kilobytes } from "./budget";

/** Of 100, in each category. */
const MIN_SCORE = 95;

const MEMBERS = 10_000;

test("Lighthouse scores and transfer sizes are within their limits", async ({
  database,
  signUp,
}) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await insertMembersAndWait(database, wind, MEMBERS);
  // Keeps the time zone in a cookie. Without it the audited page would set one, and Chromium then
  // sends that one instead of the header given to Lighthouse.
  await ada.visit("/home");
  const cookie = (await ada.cookieHeader()).replace(/^cookie: /, "");
  const pages: Audit[] = [];
  for (const path of ["/home", `/o/${wind.slug}/members`]) {
    pages.push(await audit(`${ada.url}${path}`, { cookie }));
  }

  const [home, members] = pages;
  if (!home || !members) throw new Error("A page was not audited.");
  print(home, `members (${MEMBERS.toLocaleString("en")})`, members);
  for (const page of pages) {
    for (const category of CATEGORIES) {
      const found = page.findings[category].join("\n");
      expect
        .soft(page.scores[category], `${category} of ${page.path}:\n${found}`)
        .toBeGreaterThanOrEqual(MIN_SCORE);
    }
    expectWithinBudget(page);
  }
});

function print(home: Audit, name: string, members: Audit): void {
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
