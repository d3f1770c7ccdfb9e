import { expect, soon, test } from "../support/fixtures";
import { noteArticle, noteForm, noteTitles, waitUntilHydrated } from "../support/locators";
import { editNote, openNotes } from "../support/notes";
import { createOrganization } from "../support/organizations";

test("note being edited keeps text, focus and position while others change the list", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const older = await ben.api.createNote(wind, "Older");
  const plan = await ben.api.createNote(wind, "Plan", "One");
  const newer = await ben.api.createNote(wind, "Newer");
  await openNotes(ada, wind);
  await editNote(ada.page, "Plan");
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

  // A change to another field is no conflict.
  await ben.api.updateNote(plan, { title: "The plan" });
  await soon(ada.page.getByRole("textbox", { name: "Title" })).toHaveValue("The plan");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(noteArticle(ada.page, "The plan")).toContainText("One, two");
});

for (const choice of ["Keep mine", "Use theirs"] as const) {
  test(`conflicting versions of a note are shown, and one is chosen: ${choice}`, async ({
    signUp,
  }) => {
    const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
    const wind = await createOrganization("North Wind", ada, ben);
    const plan = await ada.api.createNote(wind, "Plan", "One");
    await openNotes(ada, wind);
    await openNotes(ben, wind);
    await editNote(ada.page, "Plan");
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
      await soon(noteArticle(page, "Plan").getByText(kept, { exact: true })).toBeVisible();
    }
  });
}

test("conflict that the page hasn't received is shown on saving", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: PATCH \/notes\/\S+ 409/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const plan = await ada.api.createNote(wind, "Plan", "One");
  // Without streams, the page learns of Ben's change only from the response to its own.
  await ada.page.route(/stream/, (route) => route.abort());
  browserErrors.allow(/stream/);
  await ada.page.goto(`${ada.url}/o/${wind.slug}/notes`);
  await waitUntilHydrated(ada.page);
  await editNote(ada.page, "Plan");
  await ada.page.getByRole("textbox", { name: "Text" }).fill("Mine");
  await ben.api.updateNote(plan, { body: "Theirs" });
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(ada.page.getByRole("article", { name: "Their version" })).toContainText("Theirs");
  await ada.page.getByRole("button", { name: "Keep mine" }).click();
  await expect(noteArticle(ada.page, "Plan")).toContainText("Mine");
});

test("note deleted during editing can be saved as a new one", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const plan = await ben.api.createNote(wind, "Plan", "One");
  await openNotes(ada, wind);
  await editNote(ada.page, "Plan");
  await ada.page.getByRole("textbox", { name: "Text" }).fill("Mine");
  await ben.api.deleteNote(plan);
  await soon(noteForm(ada.page, "Plan").getByRole("status")).toContainText("Someone deleted");
  await ada.page.getByRole("button", { name: "Save as new note" }).click();
  await expect(noteArticle(ada.page, "Plan")).toContainText("Mine");
  await expect(noteTitles(ada.page)).toHaveText(["Plan"]);
});
