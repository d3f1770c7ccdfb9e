//! The transfer size of each page until it is hydrated; see docs/benchmarks.md.
import type { Page } from "@playwright/test";
import { makeSystemAdmin } from "../support/database";
import { expect, test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** Transfer sizes in bytes, compressed. */
const MAX_WASM = 350_000;
const MAX_FIRST_LOAD = 450_000;

test("every page's first load is within its limits", async ({ database, signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  await makeSystemAdmin(database, ada);
  const wind = await createOrganization("North Wind", ada);
  const stranger = await openBrowser();
  for (const path of ["/", "/sign-in", "/sign-up"]) await expectLight(stranger, path);
  for (const path of ["/home", "/account", "/system"]) await expectLight(ada.page, path);
  for (const tab of ["members", "notes", "activity", "settings"]) {
    await expectLight(ada.page, `/o/${wind.slug}/${tab}`);
  }
});

async function expectLight(page: Page, path: string): Promise<void> {
  // Interception disables the cache.
  await page.route("**", (route) => route.continue());
  await page.goto(path);
  await waitUntilHydrated(page);
  const { all, wasm } = await page.evaluate(() => {
    const loaded = performance
      .getEntriesByType("navigation")
      .concat(performance.getEntriesByType("resource"))
      .filter(({ name }) => new URL(name).pathname.startsWith("/pkg/") || name === location.href)
      .map((entry) => entry as PerformanceResourceTiming);
    const sum = (entries: PerformanceResourceTiming[]) =>
      entries.reduce((bytes, { encodedBodySize }) => bytes + encodedBodySize, 0);
    return { all: sum(loaded), wasm: sum(loaded.filter(({ name }) => name.endsWith(".wasm"))) };
  });
  await page.unroute("**");
  console.info(`${path.padEnd(24)} wasm ${kilobytes(wasm)}, first load ${kilobytes(all)}`);
  expect(wasm, `${path} has code`).toBeGreaterThan(0);
  expect.soft(wasm, `bytes of wasm of ${path}`).toBeLessThanOrEqual(MAX_WASM);
  expect.soft(all, `bytes of the first load of ${path}`).toBeLessThanOrEqual(MAX_FIRST_LOAD);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
