//! The transfer size of each page until it is hydrated; see docs/benchmarks.md.
import type { Page } from "@playwright/test";
import { makeSystemAdmin } from "../support/database";
import { test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { expectWithinBudget, kilobytes } from "./budget";

test("every page's first load is within its limits", async ({ database, signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  await makeSystemAdmin(database, ada);
  const wind = await createOrganization("North Wind", ada);
  const stranger = await openBrowser();
  for (const path of ["/", "/sign-in", "/sign-in/code", "/sign-up"])
    await measureLoad(stranger, path);
  for (const path of [
    "/home",
    "/account",
    "/account/two-factor",
    "/account/sign-in-methods",
    "/confirm",
    "/system",
  ])
    await measureLoad(ada.page, path);
  for (const tab of ["members", "notes", "activity", "settings"]) {
    await measureLoad(ada.page, `/o/${wind.slug}/${tab}`);
  }
});

async function measureLoad(page: Page, path: string): Promise<void> {
  // Interception disables the cache.
  await page.route("**", (route) => route.continue());
  await page.goto(path);
  await waitUntilHydrated(page);
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
