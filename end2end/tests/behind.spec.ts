import { equalsFreshlyLoaded, misses } from "../support/missing";
import { ageLog, beginningDropped, holds, lookedAt, loseSlot, psql } from "../support/operator";
import { organization } from "../support/organizations";
import { connection, heading, menuEntry } from "../support/screen";
import { count, listensIn, type Told } from "../support/stream";
import { expect, soon, test } from "../support/test";

// What a browser without a network, or without its server, has to say about that.
test.beforeEach(({ faults }) => faults.expect(/net::ERR_INTERNET_DISCONNECTED/));

/** Why the stream began anew, each time that it did. */
function reasons(told: Told[]): string[] {
  return told.filter(({ event }) => event === "reset").map(({ text }) => JSON.parse(text).reason);
}

test("a hundred organizations that were missed are all there, and what changed in them", async ({
  database,
  person,
}) => {
  test.setTimeout(120_000);
  const ben = await person("Ben");
  await ben.visits("/home");
  const told = await listensIn(ben.page);
  const happening = async () => {
    await psql(
      database,
      `create temporary table missed as
         select gen_random_uuid() as id, n from generate_series(1, 105) n;
       insert into organizations (id, name, slug)
       select id, 'Missed ' || n, 'missed-' || n || '-' || left(id::text, 8) from missed;
       insert into memberships (id, organization_id, user_id, role, display_order)
       select gen_random_uuid(), missed.id, users.id, 'member', n
         from missed, users where email = '${ben.email}';
       update organizations set description = 'Changed since.'
        where id in (select id from missed);`,
    );
    await holds(
      database,
      `105 = (select count(*)
                from activities join memberships using (organization_id)
                join users on users.id = memberships.user_id
               where email = '${ben.email}' and kind = 'organization'
                 and activities.changed = '{description}')`,
    );
  };
  // A debug build draws the menu slowly.
  await misses(ben, happening, 90_000);
  await soon(menuEntry(ben.page, "Missed 1")).toBeVisible();
  await soon(menuEntry(ben.page, "Missed 105")).toBeVisible();
  await equalsFreshlyLoaded(ben);
  expect(count(told, "change")).toBeGreaterThanOrEqual(105);
  expect(count(told, "reset")).toBe(0);
});

test("what is more than can be caught up with is read again", async ({ ownServer, person }) => {
  test.setTimeout(120_000);
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits("/home");
  const told = await listensIn(ben.page);
  await misses(ben, async () => {
    await psql(
      ownServer.database,
      `create temporary table joined as
         select gen_random_uuid() as id, n from generate_series(1, 10050) n;
       insert into users (id, email, name)
       select id, n || '@example.com', 'Zoe ' || n from joined;
       insert into memberships (id, organization_id, user_id, role)
       select gen_random_uuid(), '${wind.id}', id, 'member' from joined;
       update organizations set name = 'South Wind' where id = '${wind.id}';`,
    );
    await holds(
      ownServer.database,
      "exists (select from activities where kind = 'organization' and changed = '{name}')",
    );
  });
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  await equalsFreshlyLoaded(ben);
  expect([...new Set(reasons(told))]).toEqual(["too_far_behind"]);
  expect(count(told, "change")).toBe(0);
});

test("whoever was away for longer than the log goes back has everything read again", async ({
  ownServer,
  person,
}) => {
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  const told = await listensIn(ben.page);
  await misses(ben, async () => {
    for (const name of ["East Wind", "South Wind"]) {
      await ada.api.updateOrganization(wind, { name });
      await ageLog(ownServer.database);
      // The worker looks for what is too old when it begins, which may be after the server does.
      await ownServer.restart();
      await lookedAt(ownServer.database);
    }
    await beginningDropped(ownServer.database);
  });
  await soon(heading(ben.page)).toHaveText("South Wind");
  await equalsFreshlyLoaded(ben);
  expect([...new Set(reasons(told))]).toEqual(["too_old"]);
});

test("when the log was lost, open pages read again what it never told", async ({
  ownServer,
  person,
}) => {
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  const told = await listensIn(ben.page);
  await loseSlot(
    ownServer.database,
    `update organizations set name = 'South Wind' where id = '${wind.id}'`,
  );
  await expect(heading(ben.page)).toHaveText("South Wind");
  await expect(connection(ben.page)).toHaveText("Live");
  expect([...new Set(reasons(told))]).toEqual(["unknown_epoch"]);
  // What follows is told by the new one.
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(heading(ben.page)).toHaveText("West Wind");
  await equalsFreshlyLoaded(ben);
});
