import { psql } from "../support/database";
import { expect } from "../support/fixtures";
import {
  insertSignedInUsers,
  MAX_STREAMS_PER_USER,
  type RawStream,
  test,
} from "../support/raw-streams";

const USERS = 32;
const STALLED = (USERS - 1) * MAX_STREAMS_PER_USER;

/** More changes than a reader's socket buffers and queue hold. */
const CHANGES = 1_500;

/** Renames the organization `count` times, in a transaction each. */
const renames = (count: number) => `
  do $$
  begin
    for n in 1..${count} loop
      update organizations set name = rpad(n || ' ', 90, 'x');
      commit;
    end loop;
  end;
  $$;`;

const ORGANIZATION = `
  insert into organizations (id, name, slug) values (gen_random_uuid(), 'Team', 'team');
  insert into memberships (id, organization_id, user_id, role)
  select gen_random_uuid(), organizations.id, users.id, 'member' from organizations, users;`;

test("a thousand stalled readers cost bounded memory and delay nobody", async ({
  ownServer,
  openStreams,
}) => {
  test.setTimeout(180_000);
  await insertSignedInUsers(ownServer.database, USERS);
  await psql(ownServer.database, ORGANIZATION);
  const [reader] = openStreams(ownServer.url, USERS, 1) as [RawStream];
  const stalled: RawStream[] = [];
  for (let user = 1; user < USERS; user++) {
    stalled.push(...openStreams(ownServer.url, user, MAX_STREAMS_PER_USER));
  }
  const all = [reader, ...stalled];
  await expect.poll(() => all.every((stream) => stream.isLive), { timeout: 60_000 }).toBe(true);
  for (const stream of stalled) stream.socket.pause();

  /** Renames the organization and waits until the active reader has received it. */
  const renameAndMeasure = async (count: number, last: string) => {
    await psql(ownServer.database, renames(count));
    await expect
      .poll(() => reader.text.includes(`"name":"${count} `), { timeout: 60_000 })
      .toBe(true);
    const start = performance.now();
    await psql(ownServer.database, `update organizations set name = '${last}'`);
    await expect.poll(() => reader.text.includes(last), { intervals: [10] }).toBe(true);
    const delay = performance.now() - start;
    return { memory: await ownServer.memory(), delay };
  };
  const idle = await ownServer.memory();
  const once = await renameAndMeasure(CHANGES, "Once");
  const twice = await renameAndMeasure(CHANGES + 1, "Twice");

  const each = (twice.memory - idle) / STALLED;
  const more = (twice.memory - once.memory) / STALLED;
  const figures = `${Math.round(each)} B each, ${Math.round(more)} B more for the second half; delays ${Math.round(once.delay)} and ${Math.round(twice.delay)} ms`;
  test.info().annotations.push({ type: "figures", description: figures });
  expect(each).toBeLessThan(64 * 1024);
  expect(more).toBeLessThan(8 * 1024);
  expect(Math.max(once.delay, twice.delay)).toBeLessThan(1_000);
  expect(stalled.filter((stream) => stream.text.includes("Once"))).toEqual([]);

  // The server disconnects readers that accept nothing for 30 s.
  await expect.poll(() => ownServer.metric("streams_open"), { timeout: 60_000 }).toBe(1);
});
