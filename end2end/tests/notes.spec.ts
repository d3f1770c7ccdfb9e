import type { Page } from "@playwright/test";
import type { Organization } from "../support/api";
import { organization } from "../support/organizations";
import type { Person } from "../support/person";
import { heading, hydrated, note, noteForm, notesLive, noteTitles, tab } from "../support/screen";
import { expect, soon, test } from "../support/test";

async function reads(person: Person, wind: Organization, page = person.page): Promise<void> {
  await person.visits(`/o/${wind.slug}/notes`, page);
  await notesLive(page);
}

async function edit(page: Page, title: string): Promise<void> {
  await note(page, title)
    .getByRole("button", { name: `Edit ${title}` })
    .click();
}

test("two people see each other's notes as they are written, changed and deleted", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await tab(ada.page, "North Wind", "Notes").click();
  await expect(ada.page).toHaveTitle("Notes · North Wind · Tributary");
  await notesLive(ada.page);
  await reads(ben, wind);
  await expect(ben.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();

  await ben.page.getByRole("button", { name: "Write the first note" }).click();
  const form = ben.page.getByRole("form", { name: "New note" });
  await expect(form.getByRole("textbox", { name: "Title" })).toBeFocused();
  await form.getByRole("textbox", { name: "Title" }).fill("Plan");
  await form.getByRole("textbox", { name: "Text" }).fill("One\nTwo");
  await form.getByRole("button", { name: "Add note" }).click();
  await expect(ben.page.getByRole("heading", { name: "Notes", level: 2 })).toBeFocused();
  for (const { page } of [ben, ada]) {
    await soon(note(page, "Plan")).toContainText("One\nTwo");
    await expect(note(page, "Plan")).toContainText("Ben");
  }

  await edit(ada.page, "Plan");
  const editor = noteForm(ada.page, "Plan");
  await expect(editor.getByRole("textbox", { name: "Title" })).toBeFocused();
  await editor.getByRole("textbox", { name: "Title" }).fill("The plan");
  await noteForm(ada.page, "The plan").getByRole("button", { name: "Save" }).click();
  for (const { page } of [ada, ben]) {
    await soon(note(page, "The plan")).toContainText("One\nTwo");
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
  for (const { page } of [ada, ben]) await soon(note(page, "The plan")).toHaveCount(0);
  await expect(ada.page.getByRole("heading", { level: 2, name: "Notes" })).toBeFocused();
  await expect(ben.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("what somebody else changed is marked for a moment, what one did oneself isn't", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const plan = await ada.api.createNote(wind, "Plan");
  await reads(ben, wind);
  const isMarked = (title: string) =>
    ben.page
      .getByRole("listitem")
      .filter({ has: note(ben.page, title) })
      .evaluate((it) => getComputedStyle(it).animationName !== "none");
  expect(await isMarked("Plan")).toBe(false);

  await ada.api.updateNote(plan, { title: "The plan" });
  await soon.poll(() => isMarked("The plan")).toBe(true);
  await expect.poll(() => isMarked("The plan")).toBe(false);

  await edit(ben.page, "The plan");
  await noteForm(ben.page, "The plan").getByRole("textbox", { name: "Title" }).fill("My plan");
  await noteForm(ben.page, "My plan").getByRole("button", { name: "Save" }).click();
  await soon(note(ben.page, "My plan")).toBeVisible();
  // Its echo has come once the next thing did, which is somebody else's.
  await ada.api.createNote(wind, "Menu");
  await soon.poll(() => isMarked("Menu")).toBe(true);
  expect(await isMarked("My plan")).toBe(false);
  await expect(ben.page.getByRole("status", { name: "Note changes" })).toHaveText(
    "Menu was added.",
  );
});

test("only its author and admins are offered to delete a note", async ({ person }) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben, cleo);
  await ben.api.createNote(wind, "Plan");
  for (const [reader, count] of [
    [ada, 1],
    [ben, 1],
    [cleo, 0],
  ] as const) {
    await reader.visits(`/o/${wind.slug}/notes`);
    await expect(reader.page.getByRole("button", { name: "Edit Plan" })).toBeVisible();
    await expect(reader.page.getByRole("button", { name: "Delete Plan" })).toHaveCount(count);
  }
});

test("a half-typed note keeps text, focus and place while others change the list", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const older = await ben.api.createNote(wind, "Older");
  const plan = await ben.api.createNote(wind, "Plan", "One");
  const newer = await ben.api.createNote(wind, "Newer");
  await reads(ada, wind);
  await edit(ada.page, "Plan");
  const text = ada.page.getByRole("textbox", { name: "Text" });
  await text.fill("One, two");
  await text.evaluate((area: HTMLTextAreaElement) => area.setSelectionRange(2, 5));

  await ben.api.createNote(wind, "Newest");
  await ben.api.deleteNote(newer);
  await ben.api.updateNote(older, { title: "Oldest" });
  await soon(noteTitles(ada.page)).toHaveText(["Newest", "Edit Plan", "Oldest"]);
  const selection = await text.evaluate((area: HTMLTextAreaElement) => [
    area.value,
    document.activeElement === area,
    area.selectionStart,
    area.selectionEnd,
  ]);
  expect(selection).toEqual(["One, two", true, 2, 5]);

  // What somebody else changed beside it is no conflict.
  await ben.api.updateNote(plan, { title: "The plan" });
  await soon(ada.page.getByRole("textbox", { name: "Title" })).toHaveValue("The plan");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(note(ada.page, "The plan")).toContainText("One, two");
});

for (const choice of ["Keep mine", "Use theirs"] as const) {
  test(`two versions of a note are shown, and one chosen: ${choice}`, async ({ person }) => {
    const [ada, ben] = [await person("Ada"), await person("Ben")];
    const wind = await organization("North Wind", ada, ben);
    const plan = await ada.api.createNote(wind, "Plan", "One");
    await reads(ada, wind);
    await reads(ben, wind);
    await edit(ada.page, "Plan");
    await ada.page.getByRole("textbox", { name: "Text" }).fill("Mine");
    await ben.api.updateNote(plan, { body: "Theirs" });
    await soon(noteForm(ada.page, "Plan").getByRole("status")).toContainText(
      "you choose between both versions",
    );
    await ada.page.getByRole("button", { name: "Save" }).click();
    await expect(ada.page.getByRole("article", { name: "Your version" })).toContainText("Mine");
    await expect(ada.page.getByRole("article", { name: "Their version" })).toContainText("Theirs");

    await ada.page.getByRole("button", { name: "Keep editing" }).click();
    await expect(ada.page.getByRole("textbox", { name: "Title" })).toBeFocused();
    await ada.page.getByRole("button", { name: "Save" }).click();
    await ada.page.getByRole("button", { name: choice }).click();
    const kept = choice === "Keep mine" ? "Mine" : "Theirs";
    for (const { page } of [ada, ben]) {
      await soon(note(page, "Plan").getByText(kept, { exact: true })).toBeVisible();
    }
  });
}

test("a conflict that the page didn't hear of is shown when saving", async ({ faults, person }) => {
  faults.expect(/refused: PATCH \/notes\/\S+ 409/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const plan = await ada.api.createNote(wind, "Plan", "One");
  // The page has no streams: its request is the first that learns of Ben's change.
  await ada.page.route(/stream/, (route) => route.abort());
  faults.expect(/stream/);
  await ada.page.goto(`${ada.url}/o/${wind.slug}/notes`);
  await hydrated(ada.page);
  await edit(ada.page, "Plan");
  await ada.page.getByRole("textbox", { name: "Text" }).fill("Mine");
  await ben.api.updateNote(plan, { body: "Theirs" });
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(ada.page.getByRole("article", { name: "Their version" })).toContainText("Theirs");
  await ada.page.getByRole("button", { name: "Keep mine" }).click();
  await expect(note(ada.page, "Plan")).toContainText("Mine");
});

test("a note that is deleted while it is edited can be saved as a new one", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const plan = await ben.api.createNote(wind, "Plan", "One");
  await reads(ada, wind);
  await edit(ada.page, "Plan");
  await ada.page.getByRole("textbox", { name: "Text" }).fill("Mine");
  await ben.api.deleteNote(plan);
  await soon(noteForm(ada.page, "Plan").getByRole("status")).toContainText("Someone deleted");
  await ada.page.getByRole("button", { name: "Save as new note" }).click();
  await expect(note(ada.page, "Plan")).toContainText("Mine");
  await expect(noteTitles(ada.page)).toHaveText(["Plan"]);
});

test("who is removed sees no more notes", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.api.createNote(wind, "Plan");
  await reads(ben, wind);
  await expect(note(ben.page, "Plan")).toBeVisible();
  await ada.api.remove(wind, "Ben");
  await soon(heading(ben.page)).toHaveText("Home");
  await ada.api.createNote(wind, "Secret");
  await ben.page.goBack();
  await expect(ben.page.getByText("Secret")).toHaveCount(0);
});

test("a browser with seven tabs on notes loads them all and keeps them live", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await reads(ben, wind);
  const tabs = [ben.page];
  while (tabs.length < 7) {
    const page = await ben.opensTab(`/o/${wind.slug}/notes`);
    await notesLive(page);
    tabs.push(page);
  }
  const plan = await ada.api.createNote(wind, "Plan");
  for (const page of tabs) await soon(note(page, "Plan")).toBeVisible();
  expect(ben.organizationStreams).toEqual([ben.page]);

  // Another tab takes over when the one that holds the stream closes.
  await ben.page.close();
  await ada.api.updateNote(plan, { title: "The plan" });
  for (const page of tabs.slice(1)) await soon(note(page, "The plan")).toBeVisible();
});

test("seven tabs on the notes of seven organizations leave room for requests", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const tabs: Page[] = [];
  for (let number = 1; number <= 7; number++) {
    const wind = await organization(`Wind ${number}`, ada, ben);
    await ada.api.createNote(wind, `Plan ${number}`);
    tabs.push(await ben.opensTab(`/o/${wind.slug}/notes`));
    await expect(note(tabs[number - 1] as Page, `Plan ${number}`)).toBeVisible();
  }
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
  for (const page of tabs) {
    await page.getByRole("button", { name: "New note" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Mine");
    await page.getByRole("button", { name: "Add note" }).click();
    await expect(note(page, "Mine")).toBeVisible();
  }
  // A place that is given up is taken by the next in line.
  await ben.organizationStreams[0]?.close();
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
});

test("notes and activity can be read before a script runs", async ({ browser, person }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  await ada.api.createNote(wind, "Plan", "One");
  const storageState = await ada.context.storageState();
  const context = await browser.newContext({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${ada.url}/o/${wind.slug}/notes`);
  await expect(note(page, "Plan")).toContainText("One");
  // What the page knows, the log may learn a moment later.
  await expect(async () => {
    await page.goto(`${ada.url}/o/${wind.slug}/activity`);
    const trail = page.getByRole("list", { name: "Activity" });
    await expect(trail).toContainText("Ada added the note “Plan”", { timeout: 250 });
  }).toPass();
  await context.close();
});
