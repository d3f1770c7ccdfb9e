import { renameOrganization } from "../support/actions";
import { expect, soon, test } from "../support/fixtures";
import { menuEntry, pageHeading } from "../support/locators";
import { createOrganization, uniqueSlug } from "../support/organizations";

test("new colour and description appear live for other members", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/settings`);
  await ben.visit(`/o/${wind.slug}/members`);
  const avatar = menuEntry(ben.page, "North Wind").locator("span").first();
  const background = () => avatar.evaluate((its) => getComputedStyle(its).backgroundColor);
  const before = await background();

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
  await soon.poll(background).not.toBe(before);
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("address field shows availability while typing", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  const lab = await createOrganization("Harbour Lab", ben);
  const current = uniqueSlug("South Wind");
  await ada.api.updateOrganization(wind, { slug: current });
  await ada.visit(`/o/${current}/settings`);

  const general = ada.page.getByRole("region", { name: "General" });
  const field = general.getByRole("textbox", { name: "URL" });
  const check = general.getByRole("status", { name: "URL check" });
  await expect(check).toBeEmpty();
  for (const [typed, said] of [
    [uniqueSlug("Nowhere"), "Available."],
    [lab.slug, "This URL is taken. Choose a different one."],
    [wind.slug, "Available. This organization used it before."],
    [current, "This is the current URL."],
  ] as const) {
    await field.fill(typed);
    await soon(check).toHaveText(said);
  }
});

test("invalid and taken addresses are refused beside the field", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/refused: PATCH \/organizations\/.* 422/);
  const ada = await signUp("Ada");
  const [wind, rain] = [
    await createOrganization("North Wind", ada),
    await createOrganization("Soft Rain", ada),
  ];
  await ada.visit(`/o/${wind.slug}/settings`);
  const general = ada.page.getByRole("region", { name: "General" });
  const address = general.getByRole("textbox", { name: "URL" });
  for (const wrong of ["", "North Wind!", rain.slug]) {
    await address.fill(wrong);
    await general.getByRole("button", { name: "Save changes" }).click();
    await expect(address).toHaveAttribute("aria-invalid", "true");
    await expect(address).toHaveAccessibleDescription(/\S/);
    await expect(address).toHaveValue(wrong);
  }

  const current = uniqueSlug("South Wind");
  await renameOrganization(ada.page, { slug: current });
  await expect(address).toHaveAttribute("aria-invalid", "false");
  await expect(ada.page).toHaveURL(`${ada.url}/o/${current}/settings`);
});
