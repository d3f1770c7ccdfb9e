// Two nodes behind a proxy with its shipped configuration, restarted one after the other while ninety
// streams are open and people write.
import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { test } from "node:test";
import { Browser } from "./support/browser.mjs";
import { Cluster } from "./support/postgres.mjs";
import { until } from "./support/processes.mjs";
import { haproxy, nginx } from "./support/proxies.mjs";
import { Person, Server, serverProgram } from "./support/server.mjs";

const PEOPLE = ["ada@example.com", "linus@example.com", "mary@example.com"];

/** Of all accounts of this drill. */
const PASSWORD = "ferry over the north wind";
const BROWSERS_EACH = 5;
const STREAMS_EACH = 6;

/** What a reader of a stream received: positions must rise, and each entity be created once. */
class Reader {
  created = new Map();
  problems = [];
  connections = 0;
  #last = 0;

  receive = ({ event, id, data }) => {
    if (event === "offset") this.connections += 1;
    if (event === "reset" || event === "refused" || event === "broken") {
      this.problems.push(`${event} ${JSON.stringify(data)}`);
    }
    if (event !== "change") return;
    if (data.position <= this.#last) this.problems.push(`${data.position} after ${this.#last}`);
    if (id.split(".")[1] !== `${data.position}`) this.problems.push(`${id} for ${data.position}`);
    this.#last = data.position;
    if (data.action !== "created" || !["note", "membership"].includes(data.kind)) return;
    const created = data.kind === "note" ? data.subjectId : data.organizationId;
    this.created.set(created, (this.created.get(created) ?? 0) + 1);
  };
}

class Load {
  failures = [];
  notes = [];
  organizations = [];
  requests = 0;
  slowest = 0;
  #stop = new AbortController();
  #tasks = [];

  async start(t, site) {
    setMaxListeners(0, this.#stop.signal);
    const people = [];
    for (const email of PEOPLE) people.push(await Browser.signIn(t, site, email, PASSWORD));
    const { items } = JSON.parse((await people[0].request("GET", "/me/menu")).text);
    const { id } = items.find((it) => it.organization.name === "North Wind").organization;
    this.organization = id;
    this.readers = { organization: [], mine: [] };
    const follow = (person, path, readers) => {
      const reader = new Reader();
      readers.push(reader);
      this.#tasks.push(person.follow(path, undefined, reader.receive, this.#stop.signal));
    };
    for (const person of people) {
      for (let number = 0; number < BROWSERS_EACH; number += 1) {
        const browser = new Browser(t, site, person.cookie);
        for (let stream = 1; stream < STREAMS_EACH; stream += 1) {
          follow(browser, `/organizations/${id}/sync/stream`, this.readers.organization);
        }
        const readers = person === people[0] ? this.readers.mine : [];
        follow(browser, "/me/stream", readers);
      }
    }
    const readers = [...this.readers.organization, ...this.readers.mine];
    const open = () => readers.every((it) => it.connections > 0);
    await until("all streams are open", 30, open);
    for (const person of people) this.#tasks.push(this.#write(new Browser(t, site, person.cookie)));
    this.#tasks.push(this.#organize(new Browser(t, site, people[0].cookie)));
    this.#tasks.push(this.#browse(new Browser(t, site, people[1].cookie)));
  }

  async #send(person, method, path, body) {
    const since = Date.now();
    this.requests += 1;
    try {
      const { status, text } = await person.request(method, path, body);
      if (status < 300) return text.startsWith("{") ? JSON.parse(text) : undefined;
      this.failures.push(`${method} ${path}: ${status} ${text.slice(0, 200)}`);
    } catch (error) {
      this.failures.push(`${method} ${path}: ${error}`);
    } finally {
      this.slowest = Math.max(this.slowest, Date.now() - since);
    }
    return undefined;
  }

  async #repeat(pause, action) {
    for (let number = 1; !this.#stop.signal.aborted && !this.quiet; number += 1) {
      await action(number);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #write(person) {
    const path = `/organizations/${this.organization}/notes`;
    return this.#repeat(100, async (number) => {
      const note = await this.#send(person, "POST", path, { title: `Note ${number}` });
      if (note) this.notes.push(note.id);
    });
  }

  #organize(person) {
    return this.#repeat(1000, async (number) => {
      const slug = `drill-${number}`;
      const body = { name: `Drill ${number}`, slug };
      const organization = await this.#send(person, "POST", "/organizations", body);
      if (organization) this.organizations.push(organization.id);
    });
  }

  #browse(person) {
    return this.#repeat(200, async () => {
      await this.#send(person, "GET", "/me/menu");
      await this.#send(person, "GET", "/");
    });
  }

  /** Ends the writes, waits until every reader has what was written, and ends the streams. */
  async finish() {
    this.quiet = true;
    const has = (readers, ids) => readers.every((it) => ids.every((id) => it.created.has(id)));
    const complete = () =>
      has(this.readers.organization, this.notes) && has(this.readers.mine, this.organizations);
    // What is still missing then is reported with the rest.
    await until("every reader has everything", 30, complete).catch(() => {});
    this.#stop.abort();
    await Promise.all(this.#tasks);
  }
}

/** Creates the demo workspace with passwords that aren't published, so that public nodes start on it. */
async function fillDatabase(t, program, cluster) {
  const server = await Server.start(t, program, cluster.url(), { DEMO: "true" });
  for (const name of ["ada", "grace", "linus", "mary"]) {
    const person = await Person.signIn(server.origin, `${name}@example.com`);
    await person.changePassword(PASSWORD);
  }
  assert.equal(await server.stop(), 0, server.output);
}

/** Restarts both nodes, one after the other. */
async function drill(t, proxyOf, restartNode) {
  const program = await serverProgram(t);
  const cluster = await Cluster.create(t);
  await fillDatabase(t, program, cluster);
  const env = { PUBLIC_URL: "https://tributary.example.com" };
  const nodes = [
    await Server.start(t, program, cluster.url(), env),
    await Server.start(t, program, cluster.url(), env),
  ];
  const proxy = await proxyOf(t, nodes);
  const load = new Load();
  await load.start(t, proxy);
  const perNode = await Promise.all(nodes.map(async (node) => (await node.report()).streams));
  t.diagnostic(`streams per node: ${perNode.join(" and ")}`);
  for (const node of nodes) {
    const written = load.notes.length;
    await until("people write", 20, () => load.notes.length >= written + 30);
    await restartNode(proxy, node);
  }
  const before = load.notes.length;
  await until("people write", 20, () => load.notes.length >= before + 30);
  await load.finish();
  const { notes, organizations, requests, slowest, readers } = load;
  const all = [...readers.organization, ...readers.mine];
  const reconnects = all.reduce((sum, it) => sum + it.connections - 1, 0);
  t.diagnostic(
    `${requests} requests, the slowest ${slowest} ms; ${notes.length} notes, ${organizations.length} organizations; ${all.length} readers, ${reconnects} reconnects`,
  );
  assert.deepEqual(load.failures, [], "no request fails");
  assert.deepEqual([...new Set(all.flatMap((it) => it.problems))], [], "no stream has a gap");
  assert.ok(reconnects >= all.length, "every node had streams");
  const written = await cluster.psql("select count(*) from notes where title like 'Note %'");
  assert.equal(Number(written), notes.length, "each request changes something once");
  const once = (ids) => Object.fromEntries(ids.map((id) => [id, 1]));
  for (const reader of readers.organization) {
    assert.deepEqual(Object.fromEntries(reader.created), once(notes), "each note arrives once");
  }
  for (const reader of readers.mine) {
    const received = Object.fromEntries(reader.created);
    assert.deepEqual(received, once(organizations), "each membership arrives once");
  }
}

/** As `systemctl restart` does, and then as docs/operations/proxies.md says. */
async function restart(proxy, node) {
  assert.equal(await node.stop(), 0, node.output);
  await node.start();
  await proxy.untilUsed(node);
}

async function drainAndRestart(proxy, node) {
  await proxy.drain(node);
  assert.equal(await node.stop(), 0, node.output);
  await node.start();
  await proxy.restore(node);
}

for (const [name, proxyOf] of Object.entries({ nginx, HAProxy: haproxy })) {
  test(`rolling restart behind ${name} loses nothing and fails nothing`, (t) =>
    drill(t, proxyOf, restart));
}

test("rolling restart of nodes that HAProxy drained loses nothing and fails nothing", (t) =>
  drill(t, haproxy, drainAndRestart));
