import { expect, test } from "../support/fixtures";
import { menu, menuEntry, organizationTab } from "../support/locators";
import { createOrganization } from "../support/organizations";

test.use({ contextOptions: { forcedColors: "active" } });

test("only selected items are highlighted in forced colours", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const rain = await createOrganization("Soft Rain", ada, ben);
  await ben.visit(`/o/${wind.slug}/notes`);
  await ada.api.createNote(rain, "What others see as a dot");
  await expect(menuEntry(ben.page, "Soft Rain")).toHaveAccessibleDescription("New activity");
  const background = await ben.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const edge = (name: string) =>
    organizationTab(ben.page, "North Wind", name).evaluate(
      (it) => getComputedStyle(it).borderBottomColor,
    );
  expect(await edge("Notes")).not.toBe(background);
  for (const name of ["Members", "Activity"]) expect(await edge(name)).toBe(background);
  const entry = (name: string) =>
    menuEntry(ben.page, name).evaluate((it) => getComputedStyle(it).backgroundColor);
  expect(await entry("North Wind")).not.toBe(await entry("Soft Rain"));
  const dot = menu(ben.page).getByText("New activity").locator("..");
  expect(await dot.evaluate((it) => getComputedStyle(it).backgroundColor)).not.toBe(background);
});
