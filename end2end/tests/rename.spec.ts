import { renameOrganization } from "../support/actions";
import { expect, soon, test } from "../support/fixtures";
import { menu, menuEntry, organizationTab, pageHeading } from "../support/locators";
import { createOrganization, uniqueSlug } from "../support/organizations";

test("new name and address appear live for other members", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  const former = `/o/${wind.slug}/settings`;
  const current = uniqueSlug("South Wind");
  await ada.visit(former);
  await ben.visit(former);

  await renameOrganization(ada.page, { name: "South Wind", slug: current });
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
  await soon(ben.page).toHaveURL(`${ben.url}/o/${current}/settings`);
  await soon(ben.page).toHaveTitle("Settings · South Wind · Tributary");
  await soon(organizationTab(ben.page, "South Wind", "Members")).toHaveAttribute(
    "href",
    `/o/${current}/members`,
  );
  await expect(menu(ben.page)).not.toContainText("North Wind");
  await expect(ada.page).toHaveURL(`${ada.url}/o/${current}/settings`);
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("former address redirects to the current one", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const current = uniqueSlug("South Wind");
  await ada.api.updateOrganization(wind, { slug: current });

  const answer = await ben.page.goto(`${ben.url}/o/${wind.slug}/members`);
  expect(answer?.request().redirectedFrom()?.url()).toBe(`${ben.url}/o/${wind.slug}/members`);
  await expect(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
});

test("former address in the tab's history leads to the current one", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const current = uniqueSlug("South Wind");
  await ben.visit(`/o/${wind.slug}/members`);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await expect(pageHeading(ben.page)).toHaveText("Home");

  await ada.api.updateOrganization(wind, { slug: current });
  await soon(menuEntry(ben.page, "North Wind")).toHaveAttribute("href", `/o/${current}/members`);
  await ben.page.goBack();
  await expect(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
  expect(ben.pageLoads).toBe(1);
});
