import type { Organization } from "../support/api";
import { expect, soon, test } from "../support/fixtures";
import { menu, menuEntry } from "../support/locators";
import {
  activeList,
  clickInMenu,
  expectOrder,
  organizationNames,
  signUpWithThreeOrganizations,
  startEditing,
} from "../support/menu-editing";
import { createOrganization, uniqueSlug } from "../support/organizations";

test("organization search matches part of a name in any case", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const organizations: Organization[] = [];
  for (const name of ["North Wind", "Soft Rain", "Loud Hail", "Dew", "Fog", "Frost"]) {
    organizations.push(await createOrganization(name, ada));
  }
  await ada.visit("/home");
  const search = menu(ada.page).getByRole("searchbox", { name: "Search organizations" });
  await expect(search).toBeHidden();
  await createOrganization("West Wind", ada);
  await soon(search).toBeVisible();
  await search.fill("WIND");
  await expectOrder([ada.page], ["North Wind", "West Wind"]);
  await search.fill("nowhere");
  await expect(menu(ada.page).getByRole("status", { name: "Search result" })).toHaveText(
    "No organizations found.",
  );
  await search.fill("");
  await expect(menu(ada.page).getByRole("link")).toHaveCount(8);

  // The browser and the server fold case by different code.
  await ada.api.createOrganization("élan ΟΔΟΣ", uniqueSlug("Elan"));
  await search.fill("ÉLAN οδος");
  await expectOrder([ada.page], ["élan ΟΔΟΣ"]);
  await expect(menu(ada.page)).toContainText("ÉΟ");
});

test("menu keeps its order and its archive opens without JavaScript", async ({
  browserErrors,
  signUp,
  openBrowser,
}) => {
  browserErrors.allow(/tributary\.(js|wasm)/);
  const { ada, rain } = await signUpWithThreeOrganizations(signUp);
  await startEditing(ada.page);
  await clickInMenu(ada.page, "Archive Soft Rain");
  await clickInMenu(ada.page, "Move Loud Hail up");
  await expect
    .poll(async () => (await ada.api.menu()).items[0]?.organization.name)
    .toBe("Loud Hail");
  const page = await openBrowser({ javaScriptEnabled: false });
  await page.context().addCookies(await ada.context.cookies());
  await page.goto("/home");
  expect(await organizationNames(activeList(page))).toEqual(["Loud Hail", "North Wind"]);
  await menu(page).getByText("Archived", { exact: true }).click();
  await menuEntry(page, rain.name).click();
  await expect(page).toHaveURL(`/o/${rain.slug}/members`);
});
