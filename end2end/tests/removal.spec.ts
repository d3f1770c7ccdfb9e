import { removeMember } from "../support/actions";
import { psql } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import {
  memberRow,
  menu,
  menuEntry,
  noteArticle,
  notifications,
  organizationTab,
  pageHeading,
} from "../support/locators";
import { whileOffline } from "../support/offline";
import { createOrganization } from "../support/organizations";
import { recordStreamEvents } from "../support/stream-events";

test("removed member is led home and sees the reason", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${wind.slug}/members`);

  await removeMember(ada.page, wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
  await soon(menu(ben.page)).toContainText("No organizations yet.");
  await expect(menuEntry(ben.page, "North Wind")).toBeHidden();
  await expect(memberRow(ada.page, "North Wind", "Ben")).toBeHidden();
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("member removed while on another page stays there and loses access", async ({
  browserErrors,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const [wind, rain] = [
    await createOrganization("North Wind", ada, ben),
    await createOrganization("Soft Rain", ada, ben),
  ];
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit(`/o/${rain.slug}/members`);

  await removeMember(ada.page, wind, "Ben");
  await soon(menuEntry(ben.page, "North Wind")).toBeHidden();
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
  await expect(pageHeading(ben.page)).toHaveText("Soft Rain");
  const next = notifications(ben.page).getByRole("link", { name: "Go to home" });
  await expect(next).toHaveAttribute("href", "/home");

  browserErrors.allow(/refused: GET \/o\/.* 404/);
  await ben.page.goto(`${ben.url}/o/${wind.slug}/members`);
  await expect(pageHeading(ben.page)).toHaveText("Organization not found");
  await expect(ben.page.getByRole("main")).toContainText("someone may have removed you");
});

test("removed member receives nothing after removal, online or offline", async ({
  database,
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const [wind, rain, hail] = [
    await createOrganization("North Wind", ada, ben),
    await createOrganization("Soft Rain", ada, ben),
    await createOrganization("Loud Hail", ada, ben),
  ];
  await ben.visit(`/o/${wind.slug}/members`);
  const events = await recordStreamEvents(ben.page);
  // In one transaction, so that access can't be checked between the two changes.
  const removedAndRenamed = ({ id }: { id: string }) =>
    psql(
      database,
      `begin;
       delete from memberships using users
        where users.id = user_id and organization_id = '${id}' and email = '${ben.email}';
       update organizations set name = 'Secret' where id = '${id}';
       commit;`,
    );

  await removedAndRenamed(wind);
  await soon(notifications(ben.page)).toContainText("You were removed from North Wind.");
  await whileOffline(ben, () => removedAndRenamed(rain));
  await soon(notifications(ben.page)).toContainText("You were removed from Soft Rain.");
  await ada.api.updateOrganization(hail, { name: "Still Heard" });
  await soon(menuEntry(ben.page, "Still Heard")).toBeVisible();
  expect(events.some(({ text }) => text.includes("Still Heard"))).toBe(true);
  expect(events.filter(({ text }) => text.includes("Secret"))).toEqual([]);
});

test("member removed and added again at once stays live", async ({ database, signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/notes`);
  await expect.poll(() => ben.organizationStreams).toEqual([ben.page]);
  const of = `organization_id = '${wind.id}'
                and user_id = (select id from users where email = '${ben.email}')`;
  await psql(
    database,
    `begin;
     create temporary table left_now on commit drop as select * from memberships where ${of};
     delete from memberships where ${of};
     insert into memberships (id, organization_id, user_id, role)
     select gen_random_uuid(), organization_id, user_id, role from left_now;
     commit;`,
  );
  await soon(notifications(ben.page)).toContainText("North Wind");
  await menuEntry(ben.page, "North Wind").click();
  await organizationTab(ben.page, "North Wind", "Notes").click();
  await ada.api.createNote(wind, "Still here?");
  await soon(noteArticle(ben.page, "Still here?")).toBeVisible();
});
