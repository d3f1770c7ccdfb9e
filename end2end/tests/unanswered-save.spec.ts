//! A save whose answer doesn't come, as on a network that drops a connection without a word.
import { expect, test } from "../support/fixtures";
import { noteTitles, waitUntilNotesLive } from "../support/locators";
import { createOrganization } from "../support/organizations";

test("save without an answer says so within 15 s and can be repeated", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await waitUntilNotesLive(page);
  await page.getByRole("button", { name: "New note" }).click();
  const form = page.getByRole("form", { name: "New note" });
  await form.getByRole("textbox", { name: "Title" }).fill("Plan");
  // The server makes the change, but its answer never arrives.
  await page.route(/\/notes$/, (route) => route.fetch().then(() => {}), { times: 1 });
  await form.getByRole("button", { name: "Add note" }).click();
  await expect(form.getByRole("button", { name: "Saving…" })).toBeDisabled();
  await expect(form.getByRole("alert")).toContainText("your change may not be saved", {
    timeout: 15_000,
  });
  await form.getByRole("button", { name: "Add note" }).click();
  await expect(form).toBeHidden();
  await page.reload();
  await expect(noteTitles(page)).toHaveText(["Plan"]);
});
