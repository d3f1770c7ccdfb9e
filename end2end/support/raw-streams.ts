import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { psql } from "./database";
import { test as base } from "./fixtures";
import { run } from "./processes";

/** The server's limit of streams per user. */
export const MAX_STREAMS_PER_USER = 32;

/** The session token of the user of that number, as `insertSignedInUsers` hashes it. */
function sessionToken(user: number): string {
  const half = (text: string) => createHash("md5").update(text).digest("hex");
  return half(`${user}`) + half(`${user}.`);
}

/** The name of the session's cookie at the server whose users were inserted last. */
let cookieName = "";

/** Inserts users with a session each. Signing them up would take longer than a test may. */
export async function insertSignedInUsers(database: string, count: number): Promise<void> {
  await psql(
    database,
    `create temporary table readers as
       select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid as id, n,
              sha256(decode(md5(n::text) || md5(n || '.'), 'hex')) as token_hash
         from generate_series(1, ${count}) n;
     insert into users (id, email, name)
     select id, 'reader' || n || '@example.com', 'Reader' from readers;
     insert into sessions (id, user_id, expires_at)
     select id, id, now() + interval '1 hour' from readers;
     insert into session_tokens (session_id, token_hash) select id, token_hash from readers;`,
  );
  const name = "select 'tributary_session_' || lpad(to_hex(id), 8, '0') from instance";
  cookieName = (await run("psql", ["--no-psqlrc", "-Atc", name, database])).trim();
}

/** A user stream over a bare socket: one process can hold thousands of them. */
export class RawStream {
  text = "";
  /** When the server's `end` event arrived, by `performance.now()`. */
  endedAt?: number;
  closed = false;
  readonly socket: Socket;

  constructor(url: URL, user: number) {
    this.socket = connect(Number(url.port), url.hostname, () => {
      const cookie = `${cookieName}=${sessionToken(user)}`;
      this.socket.write(
        `GET /me/stream HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\n\r\n`,
      );
    });
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text) => {
      this.text += text;
      if (!this.endedAt && this.text.includes("event: end")) this.endedAt = performance.now();
    });
    // A reset is as good as an orderly end; `close` follows either.
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  get isLive(): boolean {
    return this.text.includes("event: offset");
  }
}

export const test = base.extend<{
  /** Opens `count` streams of one of the inserted users. They are closed after the test. */
  openStreams: (url: string, user: number, count: number) => RawStream[];
}>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  openStreams: async ({}, use) => {
    const all: RawStream[] = [];
    await use((url, user, count) => {
      const opened = Array.from({ length: count }, () => new RawStream(new URL(url), user));
      all.push(...opened);
      return opened;
    });
    for (const stream of all) stream.socket.destroy();
  },
});
