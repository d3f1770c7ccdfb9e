import { rename } from "../support/actions";
import { organization, slug } from "../support/organizations";
import { heading, menu, menuEntry, tab } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("a new name and a new address reach whoever looks at the organization", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  const former = `/o/${wind.slug}/settings`;
  const current = slug("South Wind");
  await ada.visits(former);
  await ben.visits(former);

  await rename(ada.page, { name: "South Wind", slug: current });
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  await soon(heading(ben.page)).toHaveText("South Wind");
  await soon(ben.page).toHaveURL(`${ben.url}/o/${current}/settings`);
  await soon(ben.page).toHaveTitle("Settings · South Wind · Tributary");
  await soon(tab(ben.page, "South Wind", "Members")).toHaveAttribute(
    "href",
    `/o/${current}/members`,
  );
  await expect(menu(ben.page)).not.toContainText("North Wind");
  await expect(ada.page).toHaveURL(`${ada.url}/o/${current}/settings`);
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("a former address leads to the current one when it is loaded", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const current = slug("South Wind");
  await ada.api.updateOrganization(wind, { slug: current });

  const answer = await ben.page.goto(`${ben.url}/o/${wind.slug}/members`);
  expect(answer?.request().redirectedFrom()?.url()).toBe(`${ben.url}/o/${wind.slug}/members`);
  await expect(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await expect(heading(ben.page)).toHaveText("North Wind");
});

test("a former address in the tab's history leads to the current one", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const current = slug("South Wind");
  await ben.visits(`/o/${wind.slug}/members`);
  await menu(ben.page).getByRole("link", { name: "Home" }).click();
  await expect(heading(ben.page)).toHaveText("Home");

  await ada.api.updateOrganization(wind, { slug: current });
  await soon(menuEntry(ben.page, "North Wind")).toHaveAttribute("href", `/o/${current}/members`);
  await ben.page.goBack();
  await expect(ben.page).toHaveURL(`${ben.url}/o/${current}/members`);
  await expect(heading(ben.page)).toHaveText("North Wind");
  expect(ben.loads).toBe(1);
});
