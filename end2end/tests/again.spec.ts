import type { Page } from "@playwright/test";
import { equalsFreshlyLoaded } from "../support/missing";
import { organization } from "../support/organizations";
import { heading, invitations, member, menuEntry, messages } from "../support/screen";
import { Stutter } from "../support/stutter";
import { expect, soon, test } from "../support/test";

/** Every title that the page has from now on. */
async function titles(page: Page): Promise<() => Promise<string[]>> {
  const seen: string[] = [];
  await page.exposeFunction("noteTitle", (title: string) => seen.push(title));
  await heading(page).evaluate((title) => {
    const note = () =>
      (window as unknown as { noteTitle(it: string): void }).noteTitle(title.textContent ?? "");
    new MutationObserver(note).observe(title, {
      childList: true,
      characterData: true,
      subtree: true,
    });
  });
  return async () => seen;
}

test("what is told again and late changes nothing, and isn't news again", async ({
  person,
  url,
}) => {
  const stutter = await Stutter.before(url);
  const [ada, ben, cleo] = [
    await person("Ada"),
    await person("Ben", stutter.url),
    await person("Cleo"),
  ];
  const wind = await organization("North Wind", ada, ben);
  const rain = await organization("Soft Rain", ada, ben);
  const hail = await organization("Loud Hail", ada);
  await ben.visits(`/o/${wind.slug}/members`);
  const seen = await titles(ben.page);

  await ada.api.updateOrganization(wind, { name: "East Wind" });
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await ada.api.invite(wind, cleo.email);
  await cleo.api.accept(wind);
  await soon(member(ben.page, "South Wind", "Cleo")).toBeVisible();
  await ada.api.remove(wind, "Cleo");
  await soon(member(ben.page, "South Wind", "Cleo")).toBeHidden();
  await ada.api.remove(rain, "Ben");
  await ada.api.invite(hail, ben.email);
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(heading(ben.page)).toHaveText("West Wind");
  await expect(menuEntry(ben.page, "Soft Rain")).toBeHidden();
  await expect(member(ben.page, "West Wind", "Cleo")).toBeHidden();
  expect(stutter.repeated).toBeGreaterThan(20);

  expect(await seen()).toEqual(["East Wind", "South Wind", "West Wind"]);
  for (const news of ["You were removed from Soft Rain.", "You were invited to Loud Hail."]) {
    await expect(messages(ben.page).getByText(news)).toHaveCount(1);
  }
  await equalsFreshlyLoaded(ben);
  await messages(ben.page).getByRole("link", { name: "View invitation" }).click();
  await expect(invitations(ben.page).getByRole("listitem")).toHaveCount(1);
  await equalsFreshlyLoaded(ben);
  await ben.context.close();
  await stutter.stop();
});
