import type { Page } from "@playwright/test";
import { edit, elsewhere, press } from "../support/arranging";
import { organization } from "../support/organizations";
import { heading, live, menu, menuEntry } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** Waits until the organization's entry says that there is something new, or that there isn't. */
async function isNew(page: Page, name: string, expected: boolean): Promise<void> {
  const description = expected ? /New activity/ : /^(Muted)?$/;
  await soon(menuEntry(page, name)).toHaveAccessibleDescription(description);
}

test("what others do is marked as new until it is seen, in every tab and browser", async ({
  person,
  visitor,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ben.visits("/home");
  const [tab, browser] = (await elsewhere(ben, visitor)) as [Page, Page];
  const everywhere = [ben.page, tab, browser];
  for (const page of everywhere) await isNew(page, wind.name, false);

  await ada.api.updateOrganization(wind, { name: "West Wind" });
  for (const page of everywhere) await isNew(page, "West Wind", true);
  for (const page of everywhere) await isNew(page, rain.name, false);
  await ben.page.reload();
  await live(ben.page);
  await isNew(ben.page, "West Wind", true);

  await menuEntry(ben.page, "West Wind").click();
  for (const page of everywhere) await isNew(page, "West Wind", false);
  // What happens under his eyes isn't new to him, also once he has left.
  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await soon(menuEntry(ben.page, "East Wind")).toBeVisible();
  await isNew(ben.page, "East Wind", false);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  for (const page of everywhere) await isNew(page, "East Wind", false);
  await ben.page.reload();
  await live(ben.page);
  await isNew(ben.page, "East Wind", false);
});

test("notes are new where one isn't, and not where one is", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await ada.api.createNote(wind, "Plan");
  await ada.api.createNote(rain, "Plan");
  await isNew(ben.page, rain.name, true);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await expect.poll(async () => Object.keys((await ben.api.menu()).news)).toEqual([rain.id]);
  await ben.page.reload();
  await live(ben.page);
  await isNew(ben.page, rain.name, true);
  await isNew(ben.page, wind.name, false);
});

test("what is muted doesn't call for attention, and one's own doing isn't new", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ben.visits("/home");
  await edit(ben.page);
  await press(ben.page, "Mute North Wind");
  await press(ben.page, "Done editing");
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(menuEntry(ben.page, "West Wind")).toHaveAccessibleDescription("Muted");
  await ada.api.setRole(rain, "Ben", "admin");
  await isNew(ben.page, rain.name, true);
  await menuEntry(ben.page, rain.name).click();
  await expect(heading(ben.page)).toHaveText(rain.name);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await isNew(ben.page, rain.name, false);
  await ben.api.updateOrganization(rain, { name: "Hard Rain" });
  await soon(menuEntry(ben.page, "Hard Rain")).toBeVisible();
  await isNew(ben.page, "Hard Rain", false);
});
