import { expect } from "../support/fixtures";
import {
  insertSignedInUsers,
  MAX_STREAMS_PER_USER,
  type RawStream,
  test,
} from "../support/raw-streams";

const USERS = 160;
const STREAMS = USERS * MAX_STREAMS_PER_USER;

test("shutdown spreads the end of five thousand streams and takes less than ten seconds", async ({
  ownServer,
  openStreams,
}) => {
  test.setTimeout(120_000);
  await insertSignedInUsers(ownServer.database, USERS);
  const streams: RawStream[] = [];
  for (let reader = 1; streams.length < STREAMS; reader++) {
    streams.push(...openStreams(ownServer.url, reader, MAX_STREAMS_PER_USER));
    // Stays below the usual limit of pending connections.
    const waiting = () => streams.filter((stream) => !stream.isLive).length;
    await expect.poll(waiting, { timeout: 30_000 }).toBeLessThan(1_000);
  }
  await expect
    .poll(() => streams.filter((stream) => !stream.isLive).length, { timeout: 30_000 })
    .toBe(0);

  const start = performance.now();
  // Throws when it takes longer than ten seconds, or leaves its Postgres running.
  await ownServer.stop();
  const duration = performance.now() - start;

  await expect.poll(() => streams.every((stream) => stream.closed)).toBe(true);
  expect(streams.filter((stream) => !stream.text.includes('"code":"draining"'))).toEqual([]);
  const ends = streams.map((stream) => (stream.endedAt ?? 0) - start);
  const within = (from: number, to: number) => ends.filter((end) => end >= from && end < to).length;
  const spread = [within(0, 1_000), within(1_000, 2_000), within(2_000, 10_000)];
  test.info().annotations.push({ type: "figures", description: `${duration} ms, ends ${spread}` });
  // A unit test shows that the spread is even; here, the busy machine may read late.
  for (const share of spread) expect(share).toBeGreaterThan(STREAMS / 20);
});

test("restart with ten streams takes less than a second", async ({ ownServer, openStreams }) => {
  await insertSignedInUsers(ownServer.database, 1);
  const duration: number[] = [];
  // The best of four counts: other tests keep the machine busy.
  for (let round = 0; round < 4; round++) {
    const streams = openStreams(ownServer.url, 1, 10);
    await expect.poll(() => streams.every((stream) => stream.isLive)).toBe(true);
    const start = performance.now();
    await ownServer.restart();
    duration.push(performance.now() - start);
  }
  test.info().annotations.push({ type: "figures", description: `${duration.map(Math.round)} ms` });
  expect(Math.min(...duration)).toBeLessThan(1_000);
});
