import { organization } from "../support/organizations";
import { menu, menuEntry, tab } from "../support/screen";
import { expect, test } from "../support/test";

test.use({ contextOptions: { forcedColors: "active" } });

test("in the system's own few colours only what is chosen looks so", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  await ben.visits(`/o/${wind.slug}/notes`);
  await ada.api.createNote(rain, "What others see as a dot");
  await expect(menuEntry(ben.page, "Soft Rain")).toHaveAccessibleDescription("New activity");
  const ground = await ben.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const edge = (name: string) =>
    tab(ben.page, "North Wind", name).evaluate((it) => getComputedStyle(it).borderBottomColor);
  expect(await edge("Notes")).not.toBe(ground);
  for (const name of ["Members", "Activity"]) expect(await edge(name)).toBe(ground);
  const entry = (name: string) =>
    menuEntry(ben.page, name).evaluate((it) => getComputedStyle(it).backgroundColor);
  expect(await entry("North Wind")).not.toBe(await entry("Soft Rain"));
  const dot = menu(ben.page).getByText("New activity").locator("..");
  expect(await dot.evaluate((it) => getComputedStyle(it).backgroundColor)).not.toBe(ground);
});
