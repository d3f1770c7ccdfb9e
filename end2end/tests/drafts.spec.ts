//! Text that isn't saved: it stays until it is saved or discarded.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import {
  menu,
  noteArticle,
  noteForm,
  organizationTab,
  pageHeading,
  waitUntilHydrated,
  waitUntilLive,
} from "../support/locators";
import { createOrganization } from "../support/organizations";
import { PASSWORD } from "../support/person";

const TITLE = "Plan for spring";

async function writeNewNote(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New note" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(TITLE);
  await page.getByRole("textbox", { name: "Text" }).fill("Sow the seeds.");
}

async function expectNewNote(page: Page): Promise<void> {
  const form = page.getByRole("form", { name: "New note" });
  await expect(form.getByRole("textbox", { name: "Title" })).toHaveValue(TITLE);
  await expect(form.getByRole("textbox", { name: "Text" })).toHaveValue("Sow the seeds.");
}

test("new note survives other pages, the back button, a reload and the end of the session", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/401/);
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await writeNewNote(page);
  await organizationTab(page, "North Wind", "Members").click();
  await expect(page).toHaveURL(/members$/);
  await organizationTab(page, "North Wind", "Notes").click();
  await expectNewNote(page);

  await menu(page).getByRole("link", { name: "Home" }).click();
  await expect(page).toHaveURL(/home$/);
  await page.goBack();
  await expectNewNote(page);

  await page.reload();
  await expectNewNote(page);

  // The session ends on the server, as when it expires.
  await ada.page.request.post(`${ada.url}/auth/sign-out`, { headers: { origin: ada.url } });
  await expect(page).toHaveURL(/sign-in/);
  await waitUntilHydrated(page);
  await page.getByRole("textbox", { name: "Email" }).fill(ada.email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expectNewNote(page);

  await page.getByRole("button", { name: "Add note" }).click();
  await expect(noteArticle(page, TITLE)).toBeVisible();
  await page.reload();
  await waitUntilLive(page);
  await expect(page.getByRole("form", { name: "New note" })).toBeHidden();
});

test("cancelling asks before it discards a new note", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await writeNewNote(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await expectNewNote(page);
  await page.getByRole("button", { name: "Cancel" }).click();
  const question = page.getByRole("group", { name: "Discard your changes?" });
  await question.getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("form", { name: "New note" })).toBeHidden();
  await page.reload();
  await waitUntilLive(page);
  await expect(page.getByRole("form", { name: "New note" })).toBeHidden();
});

test("changes of a note survive a reload, and are compared with what others saved meanwhile", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const note = await ada.api.createNote(wind, "Plan");
  const { page } = ben;
  await ben.visit(`/o/${wind.slug}/notes`);
  await page.getByRole("button", { name: "Edit Plan" }).click();
  await page.getByRole("textbox", { name: "Text" }).fill("Ben's text");
  await page.goto("about:blank");
  await ada.api.updateNote(note, { body: "Ada's text" });
  await ben.visit(`/o/${wind.slug}/notes`);
  const form = noteForm(page, "Plan");
  await expect(form.getByRole("textbox", { name: "Text" })).toHaveValue("Ben's text");
  await expect(form.getByText("Someone edited this note.")).toBeVisible();
  await form.getByRole("button", { name: "Save" }).click();
  await form.getByRole("button", { name: "Keep mine" }).click();
  await expect(noteArticle(page, "Plan")).toContainText("Ben's text");
  await page.reload();
  await waitUntilLive(page);
  await expect(noteForm(page, "Plan")).toBeHidden();
});

test("changes of a note that was deleted meanwhile can be saved as a new note", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const note = await ada.api.createNote(wind, "Plan");
  const { page } = ben;
  await ben.visit(`/o/${wind.slug}/notes`);
  await page.getByRole("button", { name: "Edit Plan" }).click();
  await page.getByRole("textbox", { name: "Text" }).fill("Ben's text");
  await page.goto("about:blank");
  await ada.api.deleteNote(note);
  await ben.visit(`/o/${wind.slug}/notes`);
  await page.getByRole("button", { name: "Save as new note" }).click();
  await expect(noteArticle(page, "Plan")).toContainText("Ben's text");
});

test("signing out asks, and then removes the drafts", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/notes`);
  await writeNewNote(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  const dialog = page.getByRole("dialog", { name: "Sign out and discard your drafts?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expectNewNote(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await dialog.getByRole("button", { name: "Sign out and discard" }).click();
  await expect(page).toHaveURL(/sign-in/);
  const kept = await page.evaluate(() => Object.keys(localStorage));
  expect(kept.filter((key) => key.includes("draft"))).toEqual([]);
});

test("addresses of people to invite survive a click beside the dialog", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  const dialog = page.getByRole("dialog", { name: "Invite people to North Wind" });
  const addresses = dialog.getByRole("textbox", { name: "Email addresses" });
  await page.getByRole("button", { name: "Invite people" }).click();
  await addresses.fill("dora@example.com, ");
  await page.mouse.click(5, 5);
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Invite people" }).click();
  await expect(addresses).toHaveValue("dora@example.com, ");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await page.reload();
  await waitUntilLive(page);
  await page.getByRole("button", { name: "Invite people" }).click();
  await expect(addresses).toHaveValue("dora@example.com, ");
  await dialog.getByRole("button", { name: "Send invitations" }).click();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Invite people" }).click();
  await expect(addresses).toHaveValue("");
});

test("typing and clicks before the page reacts to input count", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const { page } = ada;
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  await page.route("**/pkg/tributary.wasm", async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(`${ada.url}/o/${wind.slug}/settings`);
  const general = page.getByRole("region", { name: "General" });
  const name = general.getByRole("textbox", { name: "Name" });
  await name.fill("South Wind");
  await general.getByRole("button", { name: "Save changes" }).click();
  release();
  await expect(pageHeading(page)).toHaveText("South Wind");
  await expect(name).toHaveValue("South Wind");

  await page.unroute("**/pkg/tributary.wasm");
  const again = new Promise<void>((done) => {
    release = done;
  });
  await page.route("**/pkg/tributary.wasm", async (route) => {
    await again;
    await route.continue();
  });
  await page.goto(`${ada.url}/o/${wind.slug}/notes`);
  await page.getByRole("button", { name: "New note" }).click();
  release();
  await expect(page.getByRole("form", { name: "New note" })).toBeVisible();
});
