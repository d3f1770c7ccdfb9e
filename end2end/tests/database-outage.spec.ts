import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import {
  memberRow,
  organizationTab,
  pageHeading,
  waitUntilHydrated,
  waitUntilLive,
} from "../support/locators";
import { createOrganization } from "../support/organizations";

const OUTAGE = "Tributary is temporarily unavailable";

/** Expects the outage page with the request id, which is in the server's log. */
async function expectOutagePage(page: Page): Promise<void> {
  await expect(pageHeading(page)).toHaveText(OUTAGE);
  await expect(page.getByRole("main")).toContainText(/Request ID [0-9a-f]{8}-[0-9a-f-]{27}/);
}

test("page shows an outage without the database, and loads once it is back", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  browserErrors.allow(/refused: GET .* 503/);
  const ada = await signUp("Ada", ownServer.url);
  const wind = await createOrganization("North Wind", ada);
  const path = `/o/${wind.slug}/members`;
  await ownServer.withDatabaseDown(async () => {
    const answer = await ada.page.goto(ada.url + path);
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()).toHaveProperty("retry-after");
    await expectOutagePage(ada.page);
    await waitUntilHydrated(ada.page);
    await expectOutagePage(ada.page);
    await expect(ada.page.getByRole("link", { name: "Try again" })).toHaveAttribute("href", path);
  });
  await expect(pageHeading(ada.page)).toHaveText("North Wind", { timeout: 15_000 });
  await expect(memberRow(ada.page, "North Wind", "Ada")).toBeVisible();
  await waitUntilLive(ada.page);
  expect(ada.pageLoads).toBe(1);
});

test("API URL shows an outage page without the database, and loads once it is back", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  // The browser shows the API's answer as a document without scripts: it refuses those of the test.
  browserErrors.allow(/refused: (GET|HEAD) .* 503/, /Blocked script execution/);
  const ada = await signUp("Ada", ownServer.url);
  await ownServer.withDatabaseDown(async () => {
    await ada.page.goto(`${ada.url}/me`);
    await expectOutagePage(ada.page);
  });
  await expect(ada.page.locator("body")).toContainText(ada.email, { timeout: 15_000 });
});

test("open page stays without the database, and new data loads once it is back", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  browserErrors.allow(/refused: .* 503/, /failed: .*\/me\/stream/);
  const ada = await signUp("Ada", ownServer.url);
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await ownServer.withDatabaseDown(async () => {
    await organizationTab(ada.page, "North Wind", "Notes").click();
    await expect(pageHeading(ada.page)).toHaveText("North Wind");
    const main = ada.page.getByRole("main");
    await expect(main).toContainText("This will load automatically.");
    await expect(main).toContainText(/Request ID [0-9a-f]{8}-/);
  });
  await expect(ada.page.getByRole("heading", { name: "No notes yet" })).toBeVisible({
    timeout: 15_000,
  });
  expect(ada.pageLoads).toBe(1);
});

test("form without JavaScript and without the database shows an outage page", async ({
  browser,
  browserErrors,
  ownServer,
}) => {
  browserErrors.allow(/tributary\.(js|wasm)/, /refused: POST \/auth\/sign-in 503/);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: ownServer.url });
  browserErrors.watch(context);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await ownServer.withDatabaseDown(async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await expectOutagePage(page);
    await expect(page.getByRole("link", { name: "Go to home" })).toBeVisible();
  });
  await context.close();
});
