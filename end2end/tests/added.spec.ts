import { elsewhere } from "../support/arranging";
import { addMember, psql } from "../support/operator";
import { organization } from "../support/organizations";
import { heading, member, menu, menuEntry, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("whoever is added without being asked finds the organization in every tab and browser", async ({
  database,
  person,
  visitor,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  const everywhere = [ben.page, ...(await elsewhere(ben, visitor))];
  for (const page of everywhere) await soon(menu(page)).toContainText("No organizations yet.");

  await addMember(database, wind, ben);
  for (const page of everywhere) await soon(menuEntry(page, "North Wind")).toBeVisible();
  await soon(messages(ben.page)).toContainText("You were added to North Wind.");
  await soon(member(ada.page, "North Wind", "Ben")).toBeVisible();
  await messages(ben.page).getByRole("link", { name: "Open" }).click();
  await expect(heading(ben.page)).toHaveText("North Wind");
  expect(ben.page.url()).toBe(`${ben.url}/o/${wind.slug}/members`);
});

test("whoever was just added hears the very next thing that happens there", async ({
  database,
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ben.visits("/home");

  // In one transaction: between both there is no moment to find out about the organization.
  await psql(
    database,
    `begin;
     insert into memberships (id, organization_id, user_id, role)
     select gen_random_uuid(), '${wind.id}', id, 'member' from users where email = '${ben.email}';
     update organizations set name = 'East Wind' where id = '${wind.id}';
     commit;`,
  );
  await soon(menuEntry(ben.page, "East Wind")).toBeVisible();
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  expect(ben.loads).toBe(1);
});
