//! What each page loads before it takes clicks, as it travels; see docs/benchmarks.md.
import type { Page } from "@playwright/test";
import { makeSystemAdmin } from "../support/operator";
import { organization } from "../support/organizations";
import { hydrated } from "../support/screen";
import { test } from "../support/test";
import { expectWithinBudget, kilobytes } from "./budget";

test("no page loads much before it takes clicks", async ({ database, person, visitor }) => {
  const ada = await person("Ada");
  await makeSystemAdmin(database, ada);
  const wind = await organization("North Wind", ada);
  const stranger = await visitor();
  for (const path of ["/", "/sign-in", "/sign-up"]) await isLight(stranger, path);
  for (const path of ["/home", "/account", "/system"]) await isLight(ada.page, path);
  for (const tab of ["members", "notes", "activity", "settings"]) {
    await isLight(ada.page, `/o/${wind.slug}/${tab}`);
  }
});

async function isLight(page: Page, path: string): Promise<void> {
  // Nothing comes from the cache where requests are looked at.
  await page.route("**", (route) => route.continue());
  await page.goto(path);
  await hydrated(page);
  const { bytes, wasm } = await page.evaluate(() => {
    const loaded = performance
      .getEntriesByType("navigation")
      .concat(performance.getEntriesByType("resource"))
      .filter(({ name }) => new URL(name).pathname.startsWith("/pkg/") || name === location.href)
      .map((entry) => entry as PerformanceResourceTiming);
    const sum = (entries: PerformanceResourceTiming[]) =>
      entries.reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0);
    return { bytes: sum(loaded), wasm: sum(loaded.filter(({ name }) => name.endsWith(".wasm"))) };
  });
  await page.unroute("**");
  console.info(`${path.padEnd(24)} wasm ${kilobytes(wasm)}, first load ${kilobytes(bytes)}`);
  expectWithinBudget({ path, bytes, wasm });
}
