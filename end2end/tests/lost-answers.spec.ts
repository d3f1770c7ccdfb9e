import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { menu, noteTitles, waitUntilNotesLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import { unique } from "../support/person";

// The browser reports the requests whose answer is lost.
test.beforeEach(({ browserErrors }) => browserErrors.allow(/net::ERR_CONNECTION_RESET/));

/** Lets the server answer the next such request, and the browser lose the answer. */
async function loseNextAnswer(page: Page, path: RegExp): Promise<void> {
  await page.route(
    path,
    async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    },
    { times: 1 },
  );
}

test("note whose answer was lost is added once when it is sent again", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await waitUntilNotesLive(page);
  await page.getByRole("button", { name: "Write the first note" }).click();
  const form = page.getByRole("form", { name: "New note" });
  await form.getByRole("textbox", { name: "Title" }).fill("Plan");
  await loseNextAnswer(page, /\/notes$/);
  const add = form.getByRole("button", { name: "Add note" });
  await add.click();
  await expect(form.getByRole("alert")).toBeVisible();
  await add.click();
  await expect(form).toBeHidden();
  await soon(noteTitles(page)).toHaveText(["Plan"]);
  await page.reload();
  await expect(noteTitles(page)).toHaveText(["Plan"]);
});

test("organization whose answer was lost is not taken by oneself", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const { page } = ada;
  await ada.visit("/home");
  await menu(page).getByRole("button", { name: "New organization" }).click();
  const dialog = page.getByRole("dialog", { name: "New organization" });
  const name = `Lost ${unique()}`;
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await loseNextAnswer(page, /\/organizations$/);
  const create = dialog.getByRole("button", { name: "Create organization" });
  await create.click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await create.click();
  await expect(page).toHaveTitle(new RegExp(name));
});
