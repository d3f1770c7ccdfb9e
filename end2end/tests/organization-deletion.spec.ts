import { deleteOrganization } from "../support/actions";
import { expect, soon, test } from "../support/fixtures";
import { menuEntry, notifications, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";

test("deleted organization disappears from every member's menu", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const [wind, rain] = [
    await createOrganization("North Wind", ada, ben, cleo),
    await createOrganization("Soft Rain", ada, ben, cleo),
  ];
  await ada.visit(`/o/${wind.slug}/settings`);
  await ben.visit(`/o/${wind.slug}/members`);
  await cleo.visit("/home");
  const everybody = [ada, ben, cleo];
  for (const { page } of everybody) await expect(menuEntry(page, "North Wind")).toBeVisible();

  await deleteOrganization(ada.page, wind);
  for (const { page } of everybody) {
    await soon(menuEntry(page, "North Wind")).toBeHidden();
    await soon(notifications(page)).toContainText("North Wind was deleted.");
    await soon(notifications(page).getByRole("link", { name: "Go to home" })).toBeVisible();
    await soon(pageHeading(page)).toHaveText("Home");
    const organizations = page.getByRole("region", { name: "Your organizations" });
    await soon(organizations.getByRole("link")).toHaveCount(1);
    await expect(menuEntry(page, rain.name)).toBeVisible();
  }
  expect(everybody.map((it) => it.pageLoads)).toEqual([1, 1, 1]);
});
