import { psql, waitForCondition } from "../support/database";
import { expect, soon, test } from "../support/fixtures";
import { connectionBadge, menuEntry, pageHeading } from "../support/locators";
import { expectSameAsFreshLoad, whileOffline } from "../support/offline";
import { createOrganization } from "../support/organizations";
import {
  dropSlot,
  expireLog,
  waitForLogRotation,
  waitForLogTruncation,
} from "../support/replication";
import { countEvents, recordStreamEvents, type StreamEvent } from "../support/stream-events";

// The browser reports requests that fail while it is offline.
test.beforeEach(({ browserErrors }) => browserErrors.allow(/net::ERR_INTERNET_DISCONNECTED/));

/** The reasons of all `reset` messages. */
function resetReasons(events: StreamEvent[]): string[] {
  return events.filter(({ event }) => event === "reset").map(({ text }) => JSON.parse(text).reason);
}

// Catch-up from memory needs no database, so it can neither be held up nor find that the log was truncated.
test.use({ serverSettings: { HOT_TAIL_MEGABYTES: "0" } });

test("client catches up with a hundred missed organizations and their changes", async ({
  database,
  signUp,
}) => {
  test.setTimeout(120_000);
  const ben = await signUp("Ben");
  await ben.visit("/home");
  const events = await recordStreamEvents(ben.page);
  const changeOrganizations = async () => {
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
    await waitForCondition(
      database,
      `105 = (select count(*)
                from activities join memberships using (organization_id)
                join users on users.id = memberships.user_id
               where email = '${ben.email}' and kind = 'organization'
                 and activities.changed = '{description}')`,
    );
  };
  // A debug build renders such a menu slowly.
  await whileOffline(ben, changeOrganizations, 90_000);
  await soon(menuEntry(ben.page, "Missed 1")).toBeVisible();
  await soon(menuEntry(ben.page, "Missed 105")).toBeVisible();
  await expectSameAsFreshLoad(ben);
  expect(countEvents(events, "change")).toBeGreaterThanOrEqual(105);
  expect(countEvents(events, "reset")).toBe(0);
});

test("client that missed too many changes reloads its data", async ({ ownServer, signUp }) => {
  test.setTimeout(120_000);
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit("/home");
  const events = await recordStreamEvents(ben.page);
  await whileOffline(ben, async () => {
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
    await waitForCondition(
      ownServer.database,
      "exists (select from activities where kind = 'organization' and changed = '{name}')",
    );
  });
  await soon(menuEntry(ben.page, "South Wind")).toBeVisible();
  await expectSameAsFreshLoad(ben);
  expect([...new Set(resetReasons(events))]).toEqual(["too_far_behind"]);
  expect(countEvents(events, "change")).toBe(0);
});

test("client that was offline longer than the log's retention reloads its data", async ({
  ownServer,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  const events = await recordStreamEvents(ben.page);
  await whileOffline(ben, async () => {
    for (const name of ["East Wind", "South Wind"]) {
      await ada.api.updateOrganization(wind, { name });
      await expireLog(ownServer.database);
      // The worker drops old partitions when it starts, possibly later than the server.
      await ownServer.restart();
      await waitForLogRotation(ownServer.database);
    }
    await waitForLogTruncation(ownServer.database);
    // A server that started before the partitions were dropped may still have their activities in memory.
    await ownServer.restart();
  });
  await soon(pageHeading(ben.page)).toHaveText("South Wind");
  await expectSameAsFreshLoad(ben);
  expect([...new Set(resetReasons(events))]).toEqual(["too_old"]);
});

test("open pages reload their data after the replication slot is lost", async ({
  ownServer,
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit(`/o/${wind.slug}/members`);
  const events = await recordStreamEvents(ben.page);
  await dropSlot(
    ownServer.database,
    `update organizations set name = 'South Wind' where id = '${wind.id}'`,
  );
  await expect(pageHeading(ben.page)).toHaveText("South Wind");
  await expect(connectionBadge(ben.page)).toHaveText("Live");
  expect([...new Set(resetReasons(events))]).toEqual(["unknown_epoch"]);
  // The new slot delivers later changes.
  await ada.api.updateOrganization(wind, { name: "West Wind" });
  await soon(pageHeading(ben.page)).toHaveText("West Wind");
  await expectSameAsFreshLoad(ben);
});
