import { remove } from "../support/actions";
import { elsewhere } from "../support/arranging";
import { misses } from "../support/missing";
import { psql } from "../support/operator";
import { organization } from "../support/organizations";
import { heading, member, menu, menuEntry, messages, note, tab } from "../support/screen";
import { listensIn } from "../support/stream";
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
  const next = messages(ben.page).getByRole("link", { name: "Go to home" });
  await expect(next).toHaveAttribute("href", "/home");

  faults.expect(/refused: GET \/o\/.* 404/);
  await ben.page.goto(`${ben.url}/o/${wind.slug}/members`);
  await expect(heading(ben.page)).toHaveText("Organization not found");
  await expect(ben.page.getByRole("main")).toContainText("someone may have removed you");
});

test("whoever leaves has left in every tab and browser", async ({ faults, person, visitor }) => {
  // The tab that takes over from the one that left may ask before it hears.
  faults.expect(/refused: GET \S+\/sync\/stream 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits(`/o/${wind.slug}/members`);
  const there = await ben.opensTab(`/o/${wind.slug}/members`);
  const everywhere = [ben.page, there, ...(await elsewhere(ben, visitor))];
  for (const page of everywhere) await soon(menuEntry(page, "North Wind")).toBeVisible();

  const leave = { name: "Leave North Wind" };
  await ben.page.getByRole("button", leave).click();
  await ben.page.getByRole("dialog").getByRole("button", leave).click();
  for (const page of everywhere) {
    await soon(menuEntry(page, "North Wind")).toBeHidden();
    await soon(heading(page)).toHaveText("Home");
    await soon(messages(page)).toContainText("You left North Wind.");
  }
  await soon(member(ada.page, "North Wind", "Ben")).toBeHidden();
});

test("whoever is removed hears of nothing that follows, whether looking or offline", async ({
  database,
  faults,
  person,
}) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const [wind, rain, hail] = [
    await organization("North Wind", ada, ben),
    await organization("Soft Rain", ada, ben),
    await organization("Loud Hail", ada, ben),
  ];
  await ben.visits(`/o/${wind.slug}/members`);
  const told = await listensIn(ben.page);
  // In one transaction: when the second is told, nobody can have looked at his access in between.
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
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
  await misses(ben, () => removedAndRenamed(rain));
  await soon(messages(ben.page)).toContainText("You were removed from Soft Rain.");
  await ada.api.updateOrganization(hail, { name: "Still Heard" });
  await soon(menuEntry(ben.page, "Still Heard")).toBeVisible();
  expect(told.some(({ text }) => text.includes("Still Heard"))).toBe(true);
  expect(told.filter(({ text }) => text.includes("Secret"))).toEqual([]);
});

test("whoever is out and in again within a moment goes on seeing everything live", async ({
  database,
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/notes`);
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
  await soon(messages(ben.page)).toContainText("North Wind");
  await menuEntry(ben.page, "North Wind").click();
  await tab(ben.page, "North Wind", "Notes").click();
  await ada.api.createNote(wind, "Still here?");
  await soon(note(ben.page, "Still here?")).toBeVisible();
});
