import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { run } from "../support/processes";
import { test as base, expect } from "../support/test";

const PEOPLE = 160;
/** As many as one user may have. */
const STREAMS_OF_EACH = 32;
const STREAMS = PEOPLE * STREAMS_OF_EACH;

/** The secret of that reader's session. */
function token(reader: number): string {
  const half = (text: string) => createHash("md5").update(text).digest("hex");
  return half(`${reader}`) + half(`${reader}.`);
}

/** People who are signed in already: to sign so many up would take longer than the test. */
const READERS = `
  create temporary table readers as
    select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, n,
           sha256(decode(md5(n::text) || md5(n || '.'), 'hex')) as token_hash
      from generate_series(1, ${PEOPLE}) n;
  insert into users (id, email, name) select id, 'reader' || n || '@example.com', 'Reader' from readers;
  insert into sessions (id, user_id, expires_at) select id, id, now() + interval '1 hour' from readers;
  insert into session_tokens (session_id, token_hash) select id, token_hash from readers;`;

/** A stream as nothing but a socket, of which one process can have thousands. */
class RawStream {
  text = "";
  /** When it was told to come back elsewhere. */
  told?: number;
  closed = false;
  readonly socket: Socket;

  constructor(url: URL, reader: number) {
    this.socket = connect(Number(url.port), url.hostname, () => {
      this.socket.write(
        `GET /me/stream HTTP/1.1\r\nHost: ${url.host}\r\nCookie: tributary_session=${token(reader)}\r\n\r\n`,
      );
    });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text) => {
      this.text += text;
      if (!this.told && this.text.includes("event: end")) this.told = performance.now();
    });
    // A reset tells no less than an orderly end that it is over.
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  get isLive(): boolean {
    return this.text.includes("event: offset");
  }
}

const test = base.extend<{ streams: (url: string, count: number) => RawStream[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  streams: async ({}, use) => {
    const all: RawStream[] = [];
    await use((url, reader, count) => {
      const opened = Array.from({ length: count }, () => new RawStream(new URL(url), reader));
      all.push(...opened);
      return opened;
    });
    for (const stream of all) stream.socket.destroy();
  },
});

test("five thousand streams are sent elsewhere one after the other, and the process ends", async ({
  ownServer,
  streams,
}) => {
  test.setTimeout(120_000);
  await run("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", ownServer.database], READERS);
  const open: RawStream[] = [];
  for (let reader = 1; open.length < STREAMS; reader++) {
    open.push(...streams(ownServer.url, reader, STREAMS_OF_EACH));
    // As many as may wait for a connection anywhere.
    const waiting = () => open.filter((stream) => !stream.isLive).length;
    await expect.poll(waiting, { timeout: 30_000 }).toBeLessThan(1_000);
  }
  await expect
    .poll(() => open.filter((stream) => !stream.isLive).length, { timeout: 30_000 })
    .toBe(0);

  const begun = performance.now();
  // Fails when it takes longer than ten seconds, or leaves its Postgres behind.
  await ownServer.stop();
  const took = performance.now() - begun;

  await expect.poll(() => open.every((stream) => stream.closed)).toBe(true);
  expect(open.filter((stream) => !stream.text.includes('"code":"draining"'))).toEqual([]);
  const ends = open.map((stream) => (stream.told ?? 0) - begun);
  const within = (from: number, to: number) => ends.filter((end) => end >= from && end < to).length;
  const spread = [within(0, 1_000), within(1_000, 2_000), within(2_000, 10_000)];
  test.info().annotations.push({ type: "figures", description: `${took} ms, ends ${spread}` });
  for (const share of spread) expect(share).toBeGreaterThan(STREAMS / 6);
});

test("with a handful of streams a restart takes less than a second", async ({
  ownServer,
  streams,
}) => {
  await run("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", ownServer.database], READERS);
  const took: number[] = [];
  // The best of a few: the machine may be busy with other tests.
  for (let round = 0; round < 4; round++) {
    const open = streams(ownServer.url, 1, 10);
    await expect.poll(() => open.every((stream) => stream.isLive)).toBe(true);
    const begun = performance.now();
    await ownServer.restart();
    took.push(performance.now() - begun);
  }
  test.info().annotations.push({ type: "figures", description: `${took.map(Math.round)} ms` });
  expect(Math.min(...took)).toBeLessThan(1_000);
});
