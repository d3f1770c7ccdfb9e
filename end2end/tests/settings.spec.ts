import { organization, slug } from "../support/organizations";
import { heading, menuEntry } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("a new colour and description reach whoever looks at the organization", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/settings`);
  await ben.visits(`/o/${wind.slug}/members`);
  const avatar = menuEntry(ben.page, "North Wind").locator("span").first();
  const ground = () => avatar.evaluate((its) => getComputedStyle(its).backgroundColor);
  const before = await ground();

  const general = ada.page.getByRole("region", { name: "General" });
  const colours = general.getByRole("group", { name: "Colour" });
  const other = colours.getByRole("radio", { checked: false }).first();
  const name = await other.evaluate((its) => its.closest("label")?.title);
  await colours.getByTitle(name ?? "").click();
  await general.getByRole("textbox", { name: "Description" }).fill("Rivers, measured.");
  await general.getByRole("button", { name: "Save changes" }).click();
  await expect(general.getByText("Saved.")).toBeVisible();
  await expect(colours.getByRole("radio", { name })).toBeChecked();

  await soon(ben.page.getByText("Rivers, measured.")).toBeVisible();
  await soon.poll(ground).not.toBe(before);
  await expect(heading(ben.page)).toHaveText("North Wind");
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("an address says while it is typed whether it can be had", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  const lab = await organization("Harbour Lab", ben);
  const current = slug("South Wind");
  await ada.api.updateOrganization(wind, { slug: current });
  await ada.visits(`/o/${current}/settings`);

  const general = ada.page.getByRole("region", { name: "General" });
  const field = general.getByRole("textbox", { name: "URL" });
  const check = general.getByRole("status", { name: "URL check" });
  await expect(check).toBeEmpty();
  for (const [typed, said] of [
    [slug("Nowhere"), "Available."],
    [lab.slug, "This URL is taken. Choose a different one."],
    [wind.slug, "Available. This organization used it before."],
    [current, "This is its address now."],
  ] as const) {
    await field.fill(typed);
    await soon(check).toHaveText(said);
  }
});
