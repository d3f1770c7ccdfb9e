import type { Page } from "@playwright/test";
import { openTabAndBrowser } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import { menu, menuEntry, pageHeading, waitUntilLive } from "../support/locators";
import { clickInMenu, startEditing } from "../support/menu-editing";
import { createOrganization } from "../support/organizations";

/** Expects the menu entry to be marked unread, or not to be. */
async function expectUnread(page: Page, name: string, expected: boolean): Promise<void> {
  const description = expected ? /New activity/ : /^(Muted)?$/;
  await soon(menuEntry(page, name)).toHaveAccessibleDescription(description);
}

test("changes by others mark an organization unread until it is visited, in every tab and browser", async ({
  signUp,
  openBrowser,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ben.visit("/home");
  const [tab, browser] = (await openTabAndBrowser(ben, openBrowser)) as [Page, Page];
  const everywhere = [ben.page, tab, browser];
  for (const page of everywhere) await expectUnread(page, wind.name, false);

  await ada.api.updateOrganization(wind, { name: "West Wind" });
  for (const page of everywhere) await expectUnread(page, "West Wind", true);
  for (const page of everywhere) await expectUnread(page, rain.name, false);
  await ben.page.reload();
  await waitUntilLive(ben.page);
  await expectUnread(ben.page, "West Wind", true);

  await menuEntry(ben.page, "West Wind").click();
  for (const page of everywhere) await expectUnread(page, "West Wind", false);
  // Changes on the open page are read, also after leaving it.
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await soon(menuEntry(ben.page, "East Wind")).toBeVisible();
  await expectUnread(ben.page, "East Wind", false);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  for (const page of everywhere) await expectUnread(page, "East Wind", false);
  await ben.page.reload();
  await waitUntilLive(ben.page);
  await expectUnread(ben.page, "East Wind", false);
});

test("new notes mark other organizations unread, but not the open one", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  await ada.api.createNote(wind, "Plan");
  await ada.api.createNote(rain, "Plan");
  await expectUnread(ben.page, rain.name, true);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await expect.poll(async () => Object.keys((await ben.api.menu()).news)).toEqual([rain.id]);
  await ben.page.reload();
  await waitUntilLive(ben.page);
  await expectUnread(ben.page, rain.name, true);
  await expectUnread(ben.page, wind.name, false);
});

test("muted organizations and own changes are not marked unread", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ben.visit("/home");
  await startEditing(ben.page);
  await clickInMenu(ben.page, "Mute North Wind");
  await clickInMenu(ben.page, "Done editing");
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(menuEntry(ben.page, "West Wind")).toHaveAccessibleDescription("Muted");
  await ada.api.setRole(rain, "Ben", "admin");
  await expectUnread(ben.page, rain.name, true);
  await menuEntry(ben.page, rain.name).click();
  await expect(pageHeading(ben.page)).toHaveText(rain.name);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await expectUnread(ben.page, rain.name, false);
  await ben.api.updateOrganization(rain, { name: "Hard Rain" });
  await soon(menuEntry(ben.page, "Hard Rain")).toBeVisible();
  await expectUnread(ben.page, "Hard Rain", false);
});
