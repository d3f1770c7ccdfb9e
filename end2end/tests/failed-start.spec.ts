//! A page whose code can't be loaded, or can't be hydrated because it was changed on the way.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { connectionBadge, waitUntilHydrated, waitUntilLive } from "../support/locators";

const NOTICE = "This page doesn't respond. Reload it to continue.";

function failure(page: Page) {
  return page.getByRole("alert").filter({ hasText: NOTICE });
}

/** Refuses the first requests for a file, as a server does that is about to restart. */
async function failFirst(page: Page, file: string, count: number): Promise<() => number> {
  let requests = 0;
  await page.route(`**/pkg/${file}`, (route) => {
    requests += 1;
    return requests <= count ? route.fulfill({ status: 503 }) : route.continue();
  });
  return () => requests;
}

test.beforeEach(({ browserErrors }) => {
  browserErrors.allow(/GET \/pkg\/tributary\.(js|wasm) 503/);
  browserErrors.allow(/failed to fetch Wasm|Failed to fetch dynamically imported module/);
  browserErrors.allow(/WebAssembly|RuntimeError|unreachable|panicked|hydrat/i);
});

test("wasm that can't be loaded is loaded again", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const requests = await failFirst(ada.page, "tributary.wasm", 2);
  await ada.visit("/account");
  expect(requests()).toBe(3);
  expect(ada.pageLoads).toBe(1);
  await expect(failure(ada.page)).toBeHidden();
});

test("page whose script can't be loaded reloads itself once", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await failFirst(ada.page, "tributary.js", 1);
  await ada.page.goto(`${ada.url}/account`);
  await expect(ada.page.locator("body[data-hydrated]")).toBeVisible({ timeout: 15_000 });
  await waitUntilLive(ada.page);
  expect(ada.pageLoads).toBeLessThanOrEqual(2);
});

test("page whose code can't be loaded says so and can be reloaded", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await failFirst(ada.page, "tributary.wasm", 1_000);
  await ada.page.goto(`${ada.url}/account`);
  await expect(failure(ada.page)).toBeVisible({ timeout: 30_000 });
  await expect(connectionBadge(ada.page)).toBeHidden();
  await ada.page.unroute("**/pkg/tributary.wasm");
  await failure(ada.page).getByRole("button", { name: "Reload" }).click();
  await waitUntilLive(ada.page);
  await expect(failure(ada.page)).toBeHidden();
});

test("page doesn't reload itself while someone types", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await failFirst(ada.page, "tributary.wasm", 1_000);
  await ada.page.goto(`${ada.url}/account`);
  const name = ada.page.getByRole("textbox", { name: "Name" });
  await name.fill("Countess");
  await expect(failure(ada.page)).toBeVisible({ timeout: 30_000 });
  await expect(name).toHaveValue("Countess");
  expect(ada.pageLoads).toBe(1);
});

test("page that a proxy has changed says that it doesn't respond", async ({ signUp }) => {
  const ada = await signUp("Ada");
  // As Cloudflare's email obfuscation does, unless `no-transform` forbids it.
  await ada.page.route("**/account", async (route) => {
    const answer = await route.fetch();
    expect(answer.headers()["cache-control"]).toContain("no-transform");
    const page = await answer.text();
    const changed = page.replaceAll(
      /<main[^>]*>/g,
      '$&<a class="__cf_email__" href="#">[email]</a>',
    );
    expect(changed).not.toBe(page);
    await route.fulfill({ response: answer, body: changed });
  });
  await ada.page.goto(`${ada.url}/account`);
  await expect(failure(ada.page)).toBeVisible();
  await expect(connectionBadge(ada.page)).toBeHidden();
  await ada.page.unroute("**/account");
  await failure(ada.page).getByRole("button", { name: "Reload" }).click();
  await waitUntilHydrated(ada.page);
  await waitUntilLive(ada.page);
});

test("values that change are not translated", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await ada.visit("/account");
  const values = [connectionBadge(ada.page), ada.page.getByRole("banner").getByText("Ada")];
  for (const value of values) {
    const isTranslated = await value.evaluate((element) => element.closest('[translate="no"]'));
    expect(isTranslated).not.toBeNull();
  }
});
