import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { psql } from "./processes";
import { test as base } from "./test";

/** As many streams as one user may have. */
export const STREAMS_OF_EACH = 32;

/** The secret of that reader's session. */
function token(reader: number): string {
  const half = (text: string) => createHash("md5").update(text).digest("hex");
  return half(`${reader}`) + half(`${reader}.`);
}

/** People who are signed in already: to sign so many up would take longer than a test may. */
export async function signedInReaders(database: string, count: number): Promise<void> {
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
}

/** A stream as nothing but a socket, of which one process can have thousands. */
export class RawStream {
  text = "";
  /** When it was told to come back elsewhere. */
  told?: number;
  closed = false;
  readonly socket: Socket;

  constructor(url: URL, reader: number) {
    this.socket = connect(Number(url.port), url.hostname, () => {
      const cookie = `tributary_session=${token(reader)}`;
      this.socket.write(
        `GET /me/stream HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\n\r\n`,
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

export const test = base.extend<{
  /** Opens so many streams of the signed-in reader of that number. They end with the test. */
  streams: (url: string, reader: number, count: number) => RawStream[];
}>({
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
