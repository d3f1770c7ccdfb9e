import { deleteForEverybody } from "../support/actions";
import { organization } from "../support/organizations";
import { heading, menuEntry, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("a deleted organization leaves the menu of every member", async ({ person }) => {
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const [wind, rain] = [
    await organization("North Wind", ada, ben, cleo),
    await organization("Soft Rain", ada, ben, cleo),
  ];
  await ada.visits(`/o/${wind.slug}/settings`);
  await ben.visits(`/o/${wind.slug}/members`);
  await cleo.visits("/home");
  const everybody = [ada, ben, cleo];
  for (const { page } of everybody) await expect(menuEntry(page, "North Wind")).toBeVisible();

  await deleteForEverybody(ada.page, wind);
  for (const { page } of everybody) {
    await soon(menuEntry(page, "North Wind")).toBeHidden();
    await soon(messages(page)).toContainText("North Wind was deleted.");
    await soon(messages(page).getByRole("link", { name: "Go to home" })).toBeVisible();
    await soon(heading(page)).toHaveText("Home");
    const organizations = page.getByRole("region", { name: "Your organizations" });
    await soon(organizations.getByRole("link")).toHaveCount(1);
    await expect(menuEntry(page, rain.name)).toBeVisible();
  }
  expect(everybody.map((it) => it.loads)).toEqual([1, 1, 1]);
});
