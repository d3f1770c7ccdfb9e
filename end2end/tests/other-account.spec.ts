//! A tab whose browser is signed in to another account now.
import type { BrowserContext, Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { noteArticle, waitUntilLive } from "../support/locators";
import { createOrganization } from "../support/organizations";

type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;

/** Signs the browser in to the account of those cookies, without a word to its tabs. */
async function switchTo(cookies: Cookies, context: BrowserContext): Promise<void> {
  await context.clearCookies();
  await context.addCookies(cookies);
}

async function writeNote(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "New note" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(title);
}

test("page saves nothing for another account, and the draft stays with its own", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: POST \/organizations\/\S+\/notes 409/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const [hers, his] = [await ada.context.cookies(), await ben.context.cookies()];
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await writeNote(page, "Plan");
  await switchTo(his, ada.context);
  await page.getByRole("button", { name: "Add note" }).click();
  await expect(page.getByRole("alert")).toContainText("signed in to another account");
  await ben.visit(`/o/${wind.slug}/notes`);
  await expect(noteArticle(ben.page, "Plan")).toBeHidden();

  await page.reload();
  await waitUntilLive(page);
  await expect(page.getByRole("link", { name: "Ben" })).toBeVisible();
  await expect(page.getByRole("form", { name: "New note" })).toBeHidden();

  await switchTo(hers, ada.context);
  await page.reload();
  const form = page.getByRole("form", { name: "New note" });
  await expect(form.getByRole("textbox", { name: "Title" })).toHaveValue("Plan");
  await waitUntilLive(page);
  await page.getByRole("button", { name: "Add note" }).click();
  await soon(noteArticle(ben.page, "Plan")).toBeVisible();
});

test("page that connects again reloads as the account that is signed in", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: GET (\/me|\/me\/stream|\/organizations\/\S+) 409/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ada.context.setOffline(true);
  await expect.poll(() => ada.streams).toEqual([]);
  await switchTo(await ben.context.cookies(), ada.context);
  await ada.context.setOffline(false);
  await expect(ada.page.locator("[data-user]")).toContainText("Ben", { timeout: 30_000 });
  await waitUntilLive(ada.page);
});
