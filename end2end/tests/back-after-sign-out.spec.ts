//! What the back button shows after signing out.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { noteArticle, pageHeading, waitUntilLive } from "../support/locators";
import { createOrganization } from "../support/organizations";

const SECRET = "The secret plan";

/** Records whether the tab's next pages ever show that text. */
async function recordWhether(page: Page, text: string): Promise<() => boolean> {
  let isSeen = false;
  await page.exposeFunction("reportSeen", () => {
    isSeen = true;
  });
  await page.addInitScript((text) => {
    const look = () => {
      if (!document.body?.textContent?.includes(text)) return;
      (window as unknown as { reportSeen(): void }).reportSeen();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
  }, text);
  return () => isSeen;
}

test("back button shows no page after signing out", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/401/);
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.api.createNote(wind, SECRET);
  await ada.visit(`/o/${wind.slug}/notes`);
  await expect(noteArticle(ada.page, SECRET)).toBeVisible();
  await ada.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ada.page).toHaveURL(/\/sign-in/);

  const isSeen = await recordWhether(ada.page, SECRET);
  await ada.page.goBack();
  await expect(ada.page).toHaveURL(/\/sign-in/);
  await expect(pageHeading(ada.page)).toHaveText("Sign in");
  expect(isSeen()).toBe(false);
});

/**
 * Tells the page that the browser has kept it for the back button, or shows it again. Returns whether
 * its content is visible then.
 */
function transition(page: Page, name: "pagehide" | "pageshow"): Promise<boolean> {
  return page.evaluate((name) => {
    dispatchEvent(new PageTransitionEvent(name, { persisted: true }));
    return document.body.checkVisibility({ visibilityProperty: true });
  }, name);
}

test("page that the browser has kept is shown again while its person is signed in", async ({
  signUp,
}) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  expect(await transition(ada.page, "pagehide")).toBe(false);
  await transition(ada.page, "pageshow");
  await expect(pageHeading(ada.page)).toBeVisible();
  await waitUntilLive(ada.page);
  expect(ada.pageLoads).toBe(1);
});

test("page that the browser has kept stays hidden after signing out or for another person", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/401/, /GET \/o\/\S+ 404/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  const bens = await ben.context.cookies();
  for (const cookies of [[], bens]) {
    const own = await ada.context.cookies();
    await ada.visit(`/o/${wind.slug}/members`);
    await transition(ada.page, "pagehide");
    await ada.context.clearCookies();
    await ada.context.addCookies(cookies);
    const reloaded = ada.page.waitForRequest((request) => request.isNavigationRequest());
    expect(await transition(ada.page, "pageshow")).toBe(false);
    await reloaded;
    await expect(ada.page.getByRole("heading", { name: "North Wind" })).toHaveCount(0);
    await ada.context.clearCookies();
    await ada.context.addCookies(own);
  }
});
