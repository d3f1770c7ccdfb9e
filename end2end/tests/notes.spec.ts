import { expect, soon, test } from "../support/fixtures";
import {
  noteArticle,
  noteForm,
  noteTitles,
  organizationTab,
  pageHeading,
  waitUntilNotesLive,
} from "../support/locators";
import { editNote, openNotes } from "../support/notes";
import { createOrganization } from "../support/organizations";

test("members see each other's notes appear, change and disappear live", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await organizationTab(ada.page, "North Wind", "Notes").click();
  await expect(ada.page).toHaveTitle("Notes · North Wind · Tributary");
  await waitUntilNotesLive(ada.page);
  await openNotes(ben, wind);
  await expect(ben.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();

  await ben.page.getByRole("button", { name: "Write the first note" }).click();
  const form = ben.page.getByRole("form", { name: "New note" });
  await expect(form.getByRole("textbox", { name: "Title" })).toBeFocused();
  await form.getByRole("textbox", { name: "Title" }).fill("Plan");
  await form.getByRole("textbox", { name: "Text" }).fill("One\nTwo");
  await form.getByRole("button", { name: "Add note" }).click();
  await expect(ben.page.getByRole("heading", { name: "Notes", level: 2 })).toBeFocused();
  for (const { page } of [ben, ada]) {
    await soon(noteArticle(page, "Plan")).toContainText("One\nTwo");
    await expect(noteArticle(page, "Plan")).toContainText("Ben");
  }

  await editNote(ada.page, "Plan");
  const editor = noteForm(ada.page, "Plan");
  await expect(editor.getByRole("textbox", { name: "Title" })).toBeFocused();
  await editor.getByRole("textbox", { name: "Title" }).fill("The plan");
  await noteForm(ada.page, "The plan").getByRole("button", { name: "Save" }).click();
  for (const { page } of [ada, ben]) {
    await soon(noteArticle(page, "The plan")).toContainText("One\nTwo");
    await expect(noteTitles(page)).toHaveText(["The plan"]);
  }
  await expect(ada.page.getByRole("button", { name: "Edit The plan" })).toBeFocused();
  await soon(ben.page.getByRole("status", { name: "Note changes" })).toHaveText(
    "The plan was edited.",
  );
  await expect(ada.page.getByRole("status", { name: "Note changes" })).toHaveText(
    "Plan was added.",
  );

  await ada.page.getByRole("button", { name: "Delete The plan" }).click();
  await ada.page
    .getByRole("dialog", { name: "Delete The plan?" })
    .getByRole("button", { name: "Delete note" })
    .click();
  for (const { page } of [ada, ben]) await soon(noteArticle(page, "The plan")).toHaveCount(0);
  await expect(ada.page.getByRole("heading", { level: 2, name: "Notes" })).toBeFocused();
  await expect(ben.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("only notes changed by others are highlighted", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const plan = await ada.api.createNote(wind, "Plan");
  await openNotes(ben, wind);
  const isMarked = (title: string) =>
    ben.page
      .getByRole("listitem")
      .filter({ has: noteArticle(ben.page, title) })
      .evaluate((it) => getComputedStyle(it).animationName !== "none");
  expect(await isMarked("Plan")).toBe(false);

  await ada.api.updateNote(plan, { title: "The plan" });
  await soon.poll(() => isMarked("The plan")).toBe(true);
  await expect.poll(() => isMarked("The plan")).toBe(false);

  await editNote(ben.page, "The plan");
  await noteForm(ben.page, "The plan").getByRole("textbox", { name: "Title" }).fill("My plan");
  await noteForm(ben.page, "My plan").getByRole("button", { name: "Save" }).click();
  await soon(noteArticle(ben.page, "My plan")).toBeVisible();
  // Once a later change by Ada has arrived, so has the echo of Ben's own.
  await ada.api.createNote(wind, "Menu");
  await soon.poll(() => isMarked("Menu")).toBe(true);
  expect(await isMarked("My plan")).toBe(false);
  await expect(ben.page.getByRole("status", { name: "Note changes" })).toHaveText(
    "Menu was added.",
  );
});

test("only the author and admins can delete a note", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, ben, cleo);
  await ben.api.createNote(wind, "Plan");
  for (const [reader, count] of [
    [ada, 1],
    [ben, 1],
    [cleo, 0],
  ] as const) {
    await reader.visit(`/o/${wind.slug}/notes`);
    await expect(reader.page.getByRole("button", { name: "Edit Plan" })).toBeVisible();
    await expect(reader.page.getByRole("button", { name: "Delete Plan" })).toHaveCount(count);
  }
});

test("removed member sees no more notes", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.api.createNote(wind, "Plan");
  await openNotes(ben, wind);
  await expect(noteArticle(ben.page, "Plan")).toBeVisible();
  await ada.api.removeMember(wind, "Ben");
  await soon(pageHeading(ben.page)).toHaveText("Home");
  await ada.api.createNote(wind, "Secret");
  await ben.page.goBack();
  await expect(ben.page.getByText("Secret")).toHaveCount(0);
});

test("notes and activity are rendered without JavaScript", async ({ browser, signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.api.createNote(wind, "Plan", "One");
  const storageState = await ada.context.storageState();
  const context = await browser.newContext({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${ada.url}/o/${wind.slug}/notes`);
  await expect(noteArticle(page, "Plan")).toContainText("One");
  // The log may have the note a moment later than the table.
  await expect(async () => {
    await page.goto(`${ada.url}/o/${wind.slug}/activity`);
    const trail = page.getByRole("list", { name: "Activity" });
    await expect(trail).toContainText("Ada added the note “Plan”", { timeout: 250 });
  }).toPass();
  await context.close();
});
