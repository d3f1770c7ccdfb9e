import type { Locator, Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { hydrated, tab } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** What happened, from the newest on, a line an activity. */
function trail(page: Page): Locator {
  return page.getByRole("list", { name: "Activity" }).getByRole("listitem");
}

test("what others do shows at once, as a sentence", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await tab(ben.page, "North Wind", "Activity").click();
  await expect(ben.page).toHaveTitle("Activity · North Wind · Tributary");
  await expect(trail(ben.page)).toContainText([
    "Ben joined as a member",
    "Ada joined as an admin",
    "Ada created the organization",
  ]);
  await expect(ben.page.getByRole("status", { name: "Activity status" })).toBeHidden();

  const plan = await ada.api.createNote(wind, "Plan");
  await soon(trail(ben.page).first()).toContainText("Ada added the note “Plan”");
  await ada.api.deleteNote(plan);
  await soon(trail(ben.page).first()).toContainText("Ada deleted the note “Plan”");
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await soon(trail(ben.page).first()).toContainText(
    "Ada renamed the organization from North Wind to South Wind",
  );
  await ada.api.setRole(wind, "Ben", "admin");
  await soon(trail(ben.page).first()).toContainText("Ada made Ben an admin");
  // An admin sees invitations, too; this one was accepted before.
  await soon(ben.page.getByText(`Ada invited ${ben.email} as a member`)).toBeVisible();
  expect(ben.loads).toBe(1);
});

test("it is filtered by person and kind, in the address as well", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.api.createNote(wind, "Ada's plan");
  await ben.api.createNote(wind, "Ben's plan");
  await ben.visits(`/o/${wind.slug}/activity`);
  await expect(trail(ben.page)).toHaveCount(5);
  const kinds = ben.page.getByRole("combobox", { name: "Type" });
  await expect(kinds.getByRole("option")).toHaveText([
    "All types",
    "Members",
    "Notes",
    "Organization",
  ]);

  await kinds.selectOption("Notes");
  await expect(trail(ben.page)).toContainText(["Ben added", "Ada added"]);
  const people = ben.page.getByRole("combobox", { name: "Person" });
  await people.fill("ad");
  await ben.page.getByRole("option", { name: "Ada" }).click();
  await expect(trail(ben.page)).toHaveCount(1);
  await expect(trail(ben.page)).toContainText("Ada added the note “Ada's plan”");
  expect(ben.loads).toBe(1);

  // The same without scripts: the server renders it.
  await ben.page.reload();
  await hydrated(ben.page);
  await expect(trail(ben.page)).toHaveCount(1);
  await expect(kinds).toHaveValue("note");
  await expect(people).toHaveValue("Ada");

  // What doesn't fit stays out, and what does comes in.
  await ben.api.createNote(wind, "Another of Ben's");
  await ada.api.createNote(wind, "Another of Ada's");
  await soon(trail(ben.page)).toHaveCount(2);
  await expect(trail(ben.page).first()).toContainText("Another of Ada's");
  await ben.page.getByRole("combobox", { name: "Type" }).selectOption("Organization");
  await expect(trail(ben.page)).toContainText(["Ada created the organization"]);
});

test("a person is chosen by key among those who fit what is typed", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/activity`);
  const people = page.getByRole("combobox", { name: "Person" });
  const options = page.getByRole("listbox", { name: "People" }).getByRole("option");
  await people.press("ArrowDown");
  await expect(options).toHaveText(["All people", `Ada${ada.email}`, `Ben${ben.email}`]);
  await people.pressSequentially("be");
  await expect(options).toHaveText(["All people", `Ben${ben.email}`]);
  await expect(page.getByRole("status", { name: "People found" })).toHaveText("1 found.");
  await people.press("Escape");
  await expect(options.first()).toBeHidden();
  await expect(people).toHaveValue("");

  await people.pressSequentially("be");
  await expect(options).toHaveText(["All people", `Ben${ben.email}`]);
  await people.press("Enter");
  await expect(people).toHaveValue("Ben");
  await expect(people).toBeFocused();
  await expect(trail(page)).toContainText(["Ben joined as a member", `Ada invited ${ben.email}`]);
  await expect(page.getByText("Ada created the organization")).toBeHidden();
  await ben.api.rename("Benedict");
  await soon(people).toHaveValue("Benedict");

  await people.fill("");
  await people.press("Enter");
  await expect(page.getByText("Ada created the organization")).toBeVisible();
  await expect(people).toHaveValue("");
});

test("scrolling leads back to the beginning, and new activities don't cut it short", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  for (let number = 1; number <= 120; number++) await ada.api.createNote(wind, `Note ${number}`);
  await ben.visits(`/o/${wind.slug}/activity`);
  await expect(trail(ben.page).first()).toContainText("Note 120");
  const beginning = ben.page.getByText("Ada created the organization");
  await expect(beginning).toBeHidden();
  await expect(async () => {
    await trail(ben.page).last().scrollIntoViewIfNeeded();
    await expect(beginning).toBeVisible({ timeout: 250 });
  }).toPass();
  await expect(trail(ben.page)).toHaveCount(123);
  await expect(ben.page.getByRole("button", { name: "Show older" })).toBeHidden();

  await ada.api.createNote(wind, "Note 121");
  await soon(trail(ben.page)).toHaveCount(124);
  await expect(trail(ben.page).first()).toContainText("Note 121");
  await expect(trail(ben.page).last()).toContainText("Ada created the organization");
});
