import { addMember, psql } from "../support/database";
import { openTabAndBrowser } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import { memberRow, menu, menuEntry, notifications, pageHeading } from "../support/locators";
import { createOrganization } from "../support/organizations";

test("user added without an invitation sees the organization in every tab and browser", async ({
  database,
  signUp,
  openBrowser,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  const everywhere = [ben.page, ...(await openTabAndBrowser(ben, openBrowser))];
  for (const page of everywhere) await soon(menu(page)).toContainText("No organizations yet.");

  await addMember(database, wind, ben);
  for (const page of everywhere) await soon(menuEntry(page, "North Wind")).toBeVisible();
  await soon(notifications(ben.page)).toContainText("You were added to North Wind.");
  await soon(memberRow(ada.page, "North Wind", "Ben")).toBeVisible();
  await notifications(ben.page).getByRole("link", { name: "Open" }).click();
  await expect(pageHeading(ben.page)).toHaveText("North Wind");
  expect(ben.page.url()).toBe(`${ben.url}/o/${wind.slug}/members`);
});

test("newly added member receives the next change in the organization", async ({
  database,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ben.visit("/home");

  // In one transaction, so that the client has no time to read the organization in between.
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
  expect(ben.pageLoads).toBe(1);
});
