import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";

function background(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test("theme change applies to other tabs at once", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visit("/account");
  const light = await background(ada.page);
  const home = await ada.openTab("/home");
  const account = await ada.openTab("/account");
  for (const page of [home, account]) await page.emulateMedia({ colorScheme: "light" });

  await ada.page.getByRole("radio", { name: "Dark" }).check();
  const dark = await background(ada.page);
  expect(dark).not.toBe(light);
  for (const page of [home, account]) await soon.poll(() => background(page)).toBe(dark);
  await soon(account.getByRole("radio", { name: "Dark" })).toBeChecked();

  await account.getByRole("radio", { name: "System" }).check();
  for (const page of [home, ada.page]) await soon.poll(() => background(page)).toBe(light);
  await soon(ada.page.getByRole("radio", { name: "System" })).toBeChecked();
});

test("page follows the system theme until the user chooses one", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visit("/account");
  const light = await background(ada.page);
  await ada.page.emulateMedia({ colorScheme: "dark" });
  const dark = await background(ada.page);
  expect(dark).not.toBe(light);
  await ada.page.getByRole("radio", { name: "Light" }).check();
  expect(await background(ada.page)).toBe(light);
});

test("chosen theme is stored and applied before any script runs", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/tributary\.(js|wasm)/);
  const ada = await signUp("Ada");
  const background = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visit("/account");
  const light = await background(ada.page);
  await ada.page.getByRole("radio", { name: "Dark" }).check();
  await expect.poll(() => background(ada.page)).not.toBe(light);
  const dark = await background(ada.page);

  const page = await openBrowser({ javaScriptEnabled: false, colorScheme: "light" });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/account");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();

  await ada.page.reload();
  await waitUntilHydrated(ada.page);
  expect(await background(ada.page)).toBe(dark);
  await ada.page.getByRole("radio", { name: "System" }).check();
  expect(await background(ada.page)).toBe(light);
  await ada.page.reload();
  await expect(ada.page.getByRole("radio", { name: "System" })).toBeChecked();
  expect(await background(ada.page)).toBe(light);
});
