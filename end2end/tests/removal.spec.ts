import { remove } from "../support/actions";
import { organization } from "../support/organizations";
import { heading, member, menu, menuEntry, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("whoever is removed while looking is led home and told why", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/members`);

  await remove(ada.page, wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
  await soon(menu(ben.page)).toContainText("No organizations yet.");
  await expect(menuEntry(ben.page, "North Wind")).toBeHidden();
  await expect(member(ada.page, "North Wind", "Ben")).toBeHidden();
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("whoever is removed while elsewhere stays there, and can't go back", async ({
  faults,
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const [wind, rain] = [
    await organization("North Wind", ada, ben),
    await organization("Soft Rain", ada, ben),
  ];
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${rain.slug}/members`);

  await remove(ada.page, wind, "Ben");
  await soon(menuEntry(ben.page, "North Wind")).toBeHidden();
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
  await expect(heading(ben.page)).toHaveText("Soft Rain");

  faults.expect(/refused: GET \/o\/.* 404/);
  await ben.page.goto(`${ben.url}/o/${wind.slug}/members`);
  await expect(heading(ben.page)).toHaveText("No such organization");
  await expect(ben.page.getByRole("main")).toContainText("somebody may have removed you");
});
