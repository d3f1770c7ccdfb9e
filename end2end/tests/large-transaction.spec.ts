import { psql } from "../support/database";
import { expect, test } from "../support/fixtures";

const ROWS = 100_000;

/** How much the memory may grow, whatever the size of a transaction. */
const MAX_GROWTH = 64 * 1024 * 1024;

test("memory stays bounded during a transaction of 100,000 rows", async ({ ownServer }) => {
  test.setTimeout(120_000);
  const idle = await ownServer.memory();
  await psql(
    ownServer.database,
    `insert into users (id, email, name)
     select gen_random_uuid(), n || '@example.com', repeat('x', 90)
       from generate_series(1, ${ROWS}) n`,
  );
  let most = idle;
  const position = async () => {
    most = Math.max(most, await ownServer.memory());
    return ownServer.metric("log_position");
  };
  await expect.poll(position, { timeout: 60_000, intervals: [50] }).toBeGreaterThanOrEqual(ROWS);
  // Also while the streams process it.
  await expect.poll(() => ownServer.metric("log_lag_seconds"), { timeout: 60_000 }).toBe(0);
  most = Math.max(most, await ownServer.memory());
  const more = Math.round((most - idle) / 1024 / 1024);
  test.info().annotations.push({ type: "figures", description: `${more} MB more than at rest` });
  expect(most - idle).toBeLessThan(MAX_GROWTH);
});
