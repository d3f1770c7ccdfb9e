import type { BrowserContextOptions, Page } from "@playwright/test";
import { expect, type OpenBrowser } from "./fixtures";
import { waitUntilHydrated, waitUntilLive } from "./locators";
import { PASSWORD, type Person } from "./person";

/** Opens the user's home page in another tab and in another browser. Returns both pages. */
export async function openTabAndBrowser(person: Person, openBrowser: OpenBrowser): Promise<Page[]> {
  const tab = await person.openTab("/home");
  const browser = await openBrowser();
  await browser.context().addCookies(await person.context.cookies());
  await browser.goto("/home");
  await waitUntilLive(browser);
  return [tab, browser];
}

/** Signs the user in from another browser, by the form, and opens the account page there. */
export async function signInElsewhere(
  person: Person,
  openBrowser: OpenBrowser,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await openBrowser(options);
  await page.goto("/sign-in?next=/account");
  await waitUntilHydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(person.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/account");
  await waitUntilLive(page);
  return page;
}
