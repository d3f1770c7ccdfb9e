import type { Locator, Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { organizationTab, waitUntilHydrated } from "../support/locators";
import { createOrganization } from "../support/organizations";

/** The activities, newest first. */
function activityItems(page: Page): Locator {
  return page.getByRole("list", { name: "Activity" }).getByRole("listitem");
}

test("activity log shows what others do live, as sentences", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await organizationTab(ben.page, "North Wind", "Activity").click();
  await expect(ben.page).toHaveTitle("Activity · North Wind · Tributary");
  await expect(activityItems(ben.page)).toContainText([
    "Ben joined as a member",
    "Ada joined as an admin",
    "Ada created the organization",
  ]);
  await expect(ben.page.getByRole("status", { name: "Activity status" })).toBeHidden();

  const plan = await ada.api.createNote(wind, "Plan");
  await soon(activityItems(ben.page).first()).toContainText("Ada added the note “Plan”");
  await ada.api.deleteNote(plan);
  await soon(activityItems(ben.page).first()).toContainText("Ada deleted the note “Plan”");
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await soon(activityItems(ben.page).first()).toContainText(
    "Ada renamed the organization from North Wind to South Wind",
  );
  await ada.api.setRole(wind, "Ben", "admin");
  await soon(activityItems(ben.page).first()).toContainText("Ada made Ben an admin");
  // Admins also see invitations; this one was accepted earlier.
  await soon(ben.page.getByText(`Ada invited ${ben.email} as a member`)).toBeVisible();
  expect(ben.pageLoads).toBe(1);
});

test("activity is filtered by person and type, and the URL keeps the filters", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.api.createNote(wind, "Ada's plan");
  await ben.api.createNote(wind, "Ben's plan");
  await ben.visit(`/o/${wind.slug}/activity`);
  await expect(activityItems(ben.page)).toHaveCount(5);
  const kinds = ben.page.getByRole("combobox", { name: "Type" });
  await expect(kinds.getByRole("option")).toHaveText([
    "All types",
    "Members",
    "Notes",
    "Organization",
  ]);

  await kinds.selectOption("Notes");
  await expect(activityItems(ben.page)).toContainText(["Ben added", "Ada added"]);
  const people = ben.page.getByRole("combobox", { name: "Person" });
  await people.fill("ad");
  await ben.page.getByRole("option", { name: "Ada" }).click();
  await expect(activityItems(ben.page)).toHaveCount(1);
  await expect(activityItems(ben.page)).toContainText("Ada added the note “Ada's plan”");
  expect(ben.pageLoads).toBe(1);

  // The URL keeps the filters.
  await ben.page.reload();
  await waitUntilHydrated(ben.page);
  await expect(activityItems(ben.page)).toHaveCount(1);
  await expect(kinds).toHaveValue("note");
  await expect(people).toHaveValue("Ada");

  // Only new activities that match the filters are added.
  await ben.api.createNote(wind, "Another of Ben's");
  await ada.api.createNote(wind, "Another of Ada's");
  await soon(activityItems(ben.page)).toHaveCount(2);
  await expect(activityItems(ben.page).first()).toContainText("Another of Ada's");
  await ben.page.getByRole("combobox", { name: "Type" }).selectOption("Organization");
  await expect(activityItems(ben.page)).toContainText(["Ada created the organization"]);
});

test("person filter autocompletes by keyboard", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/activity`);
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
  await expect(activityItems(page)).toContainText([
    "Ben joined as a member",
    `Ada invited ${ben.email}`,
  ]);
  await expect(page.getByText("Ada created the organization")).toBeHidden();
  await ben.api.renameUser("Benedict");
  await soon(people).toHaveValue("Benedict");

  await people.fill("");
  await people.press("Enter");
  await expect(page.getByText("Ada created the organization")).toBeVisible();
  await expect(people).toHaveValue("");
});

test("scrolling loads the whole log, and new activities don't interrupt it", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  for (let number = 1; number <= 120; number++) await ada.api.createNote(wind, `Note ${number}`);
  await ben.visit(`/o/${wind.slug}/activity`);
  await expect(activityItems(ben.page).first()).toContainText("Note 120");
  const beginning = ben.page.getByText("Ada created the organization");
  await expect(beginning).toBeHidden();
  await expect(async () => {
    await activityItems(ben.page).last().scrollIntoViewIfNeeded();
    await expect(beginning).toBeVisible({ timeout: 250 });
  }).toPass();
  await expect(activityItems(ben.page)).toHaveCount(123);
  await expect(ben.page.getByRole("button", { name: "Show older" })).toBeHidden();

  await ada.api.createNote(wind, "Note 121");
  await soon(activityItems(ben.page)).toHaveCount(124);
  await expect(activityItems(ben.page).first()).toContainText("Note 121");
  await expect(activityItems(ben.page).last()).toContainText("Ada created the organization");
});
