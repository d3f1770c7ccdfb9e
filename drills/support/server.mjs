// Tributary servers and the requests to them.
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { folder, freePort, start, until } from "./processes.mjs";

export const root = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
const built = process.env.TRIBUTARY_BIN ?? join(root, "target/debug/tributary");
const site = process.env.LEPTOS_SITE_ROOT ?? join(root, "target/site");

/** A copy of the server, so that a build meanwhile doesn't change what the test runs. */
export async function serverProgram(t) {
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`make build\``);
  const copy = join(await folder(t), "tributary");
  await copyFile(built, copy);
  return copy;
}

/** A node. It keeps its port over restarts. */
export class Server {
  #t;
  #program;
  #env;
  #running;

  constructor(t, program, { port, adminPort }, env) {
    this.#t = t;
    this.#program = program;
    this.#env = env;
    this.port = port;
    this.adminPort = adminPort;
    this.origin = `http://127.0.0.1:${port}`;
  }

  static async start(t, program, databaseUrl, env = {}) {
    const mailFolder = await folder(t);
    const ports = { port: await freePort(), adminPort: await freePort() };
    const server = new Server(t, program, ports, {
      PATH: process.env.PATH,
      MAIL_FOLDER: mailFolder,
      DATABASE_URL: databaseUrl,
      LEPTOS_SITE_ROOT: site,
      // Proxies of the drills are on this machine, and all clients too.
      TRUSTED_PROXIES: "127.0.0.1",
      LIMITS: "all=1000000/1s",
      ...env,
    });
    server.mailFolder = mailFolder;
    await server.start();
    return server;
  }

  async start() {
    const [ADDRESS, ADMIN_ADDRESS] = [this.port, this.adminPort].map((it) => `127.0.0.1:${it}`);
    const env = { ...this.#env, ADDRESS, ADMIN_ADDRESS };
    this.#running = start(this.#t, this.#program, [], { env });
    await until("the server is ready", 60, async () => {
      if (!this.#running.isRunning()) throw new Error(this.output);
      return (await fetch(`${this.origin}/readyz`)).ok;
    });
  }

  /** The details of `/readyz`. */
  async report() {
    return (await fetch(`http://127.0.0.1:${this.adminPort}/readyz`)).json();
  }

  stop(signal) {
    return this.#running.stop(signal);
  }

  get output() {
    return this.#running.output;
  }
}

/** A signed-in account of the demo workspace. */
export class Person {
  #origin;
  #cookie;

  constructor(origin, cookie) {
    this.#origin = origin;
    this.#cookie = cookie;
  }

  static signIn(origin, email = "ada@example.com") {
    return Person.#begin(origin, "/auth/sign-in", { email, password: "tributary-demo" });
  }

  /** With a new account, by the link in the server's mail folder. */
  static async signUp({ origin, mailFolder }, { name, email, password }) {
    await post(origin, "/auth/sign-up", { name, email });
    let token;
    await until("the link is sent", 20, async () => {
      token = await mailedToken(mailFolder, email);
      return token !== undefined;
    });
    return Person.#begin(origin, "/auth/sign-up/complete", { token, password });
  }

  static async #begin(origin, path, body) {
    const answer = await post(origin, path, body);
    return new Person(origin, answer.headers.getSetCookie()[0].split(";")[0]);
  }

  /** Changes the password, since other machines may not reach accounts with a published one. */
  async changePassword(password) {
    const headers = { cookie: this.#cookie, origin: this.#origin, accept: "application/json" };
    const answer = await fetch(`${this.#origin}/me/password`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ current: "tributary-demo", new: password }),
    });
    if (!answer.ok) throw new Error(`new password: ${answer.status} ${await answer.text()}`);
    this.#cookie = answer.headers.getSetCookie()[0].split(";")[0];
  }

  /** The same session at another address. */
  at(origin) {
    return new Person(origin, this.#cookie);
  }

  get cookie() {
    return this.#cookie;
  }

  async request(method, path, body) {
    const headers = { cookie: this.#cookie, origin: this.#origin, accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET") headers["mutation-id"] = randomUUID();
    const answer = await fetch(this.#origin + path, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Reads a stream until `accept` returns a value for an event, and returns that value. */
  async read(path, accept, seconds = 20) {
    const headers = { cookie: this.#cookie };
    const answer = await fetch(this.#origin + path, {
      headers,
      signal: AbortSignal.timeout(seconds * 1000),
    });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    const parse = eventParser();
    const decoder = new TextDecoder();
    for await (const chunk of answer.body) {
      for (const event of parse(decoder.decode(chunk, { stream: true }))) {
        const value = accept(event);
        if (value !== undefined) return value;
      }
    }
    throw new Error(`GET ${path} ended`);
  }
}

async function post(origin, path, body) {
  const answer = await fetch(origin + path, {
    method: "POST",
    headers: { origin, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/** The token of the sign-up link that was sent to the address. */
async function mailedToken(mailFolder, email) {
  // A message that is being written has a name with a dot before it.
  const names = (await readdir(mailFolder)).filter((name) => /^[0-9a-f-]+\.txt$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(mailFolder, name), "utf8")));
  const text = texts.find((it) => it.startsWith(`To: ${email}\n`));
  return text?.match(/\/sign-up\/([0-9a-f]{64})/)?.[1];
}

/** Takes apart a stream of server-sent events, chunk by chunk. */
export function eventParser() {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop();
    return blocks.map((block) => {
      const fields = block.split("\n").map((line) => line.split(/: ?(.*)/s));
      const { event, id, data } = Object.fromEntries(fields);
      return { event, id, data: data === undefined ? undefined : JSON.parse(data) };
    });
  };
}
