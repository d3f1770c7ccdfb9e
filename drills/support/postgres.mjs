// Postgres clusters, each in a folder of its own.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { folder, freePort, run, start, until } from "./processes.mjs";

const bin = findPrograms();
// Postgres refuses to run as root.
const account = process.getuid() === 0 ? userNamed("postgres") : {};

function findPrograms() {
  if (process.env.PG_BIN) return process.env.PG_BIN;
  const versions = "/usr/lib/postgresql";
  const found = existsSync(versions) ? readdirSync(versions).sort((a, b) => b - a) : [];
  return found.length > 0 ? join(versions, found[0], "bin") : "/usr/local/bin";
}

function userNamed(name) {
  const id = (flag) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export class Cluster {
  #t;
  #server;

  constructor(t, data, sockets, port) {
    this.#t = t;
    this.data = data;
    this.sockets = sockets;
    this.port = port;
  }

  /** Starts a new cluster. Its role `tributary` may replicate and owns the database `tributary`. */
  static async create(t, settings = {}) {
    const cluster = await Cluster.#inFolder(t);
    await cluster.tool("initdb", ["-D", cluster.data, "-U", "postgres", "-A", "trust", "-N"]);
    cluster.configure({ wal_level: "logical", max_slot_wal_keep_size: "2GB", ...settings });
    await cluster.start();
    await cluster.psql("create role tributary login replication", "postgres");
    await cluster.psql("create database tributary owner tributary", "postgres");
    return cluster;
  }

  /** A copy of a running cluster; it isn't started. */
  static async baseBackup(t, source, args = []) {
    const cluster = await Cluster.#inFolder(t);
    await source.tool("pg_basebackup", ["-D", cluster.data, "-c", "fast", ...args]);
    return cluster;
  }

  static async #inFolder(t) {
    const parent = await folder(t, account);
    return new Cluster(t, join(parent, "data"), parent, await freePort());
  }

  configure(settings) {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
    appendFileSync(join(this.data, "postgresql.conf"), lines.join(""));
  }

  async start() {
    const args = ["-D", this.data, "-p", this.port, "-k", this.sockets, "-F"];
    this.#server = start(this.#t, join(bin, "postgres"), args.map(String), {
      ...account,
      lastSignal: "SIGQUIT",
    });
    await until("Postgres answers", 30, () => this.psql("select 1", "postgres"));
  }

  stop(signal = "SIGINT") {
    return this.#server.stop(signal);
  }

  /** Starts a base backup that recovers as the settings say, and waits until it takes writes. */
  async recover(settings) {
    this.configure(settings);
    writeFileSync(join(this.data, "recovery.signal"), "");
    await this.start();
    const done = async () => (await this.psql("select pg_is_in_recovery()", "postgres")) === "f";
    await until("the recovery is complete", 60, done);
  }

  /** Runs one of Postgres' programs against this cluster. */
  tool(name, args, options = {}) {
    const env = {
      ...process.env,
      PGHOST: this.sockets,
      PGPORT: `${this.port}`,
      PGUSER: "postgres",
    };
    return run(join(bin, name), args, { ...account, cwd: "/", env, ...options });
  }

  /** Runs SQL and returns the columns of the rows, separated by `|`. */
  async psql(sql, database = "tributary") {
    const args = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql];
    return (await this.tool("psql", args)).trim();
  }

  url(database = "tributary") {
    return `postgres://tributary@127.0.0.1:${this.port}/${database}`;
  }

  /** A folder that the cluster may write to, such as an archive of WAL. */
  async subfolder(name) {
    const path = join(this.sockets, name);
    await mkdir(path);
    execFileSync("chown", [`${account.uid ?? process.getuid()}`, path]);
    return path;
  }
}
