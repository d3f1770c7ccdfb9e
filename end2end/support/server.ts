import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { psql, Running } from "./processes";
import { until } from "./until";

const root = resolve(__dirname, "../..");

/** A Tributary with a database of its own, which is gone when it is stopped. */
export class Server {
  private constructor(
    /** How `psql` reaches its database. */
    readonly database: string,
    private running: Listening,
    private readonly dataFolder: string,
    private readonly environment: Record<string, string>,
  ) {}

  /**
   * Starts one on a free port, with `workingFolder` as its working directory, and waits until it is
   * ready and changes reach its log.
   */
  static async start(
    environment: Record<string, string> = {},
    workingFolder = root,
  ): Promise<Server> {
    const dataFolder = await mkdtemp(join(tmpdir(), "tributary-e2e-"));
    // Postgres runs as another user when we are root, and has to get through.
    await chmod(dataFolder, 0o711);
    try {
      const running = await listening(dataFolder, environment, workingFolder);
      return new Server(await conninfo(dataFolder), running, dataFolder, environment);
    } catch (error) {
      await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where it listens, without a slash at the end. */
  get url(): string {
    return this.running.url;
  }

  /** What it told whoever started it. */
  get welcome(): string {
    return this.running.process.output;
  }

  /** How much memory its process has in use, in bytes. */
  memory(): Promise<number> {
    return this.running.process.memory();
  }

  /** What it measures under that name; not a number when it doesn't know. */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    return Number(metrics.match(new RegExp(`^tributary_${name} (\\S+)$`, "m"))?.[1]);
  }

  /** Stops it and starts it again on the same data, at the same address. */
  async restart(): Promise<void> {
    const { host } = new URL(this.url);
    await this.end();
    this.running = await listening(this.dataFolder, this.environment, root, host);
  }

  /** Takes its database away while something happens, as when Postgres is being restarted. */
  async withoutDatabase(happening: () => Promise<void>): Promise<void> {
    const [, folder, port] = this.database.match(/host=(\S+) port=(\S+)/) ?? [];
    const socket = `${folder}/.s.PGSQL.${port}`;
    // From a connection that is already there: nobody gets a new one, and then all others end.
    await psql(
      this.database,
      `\\! mv ${socket} ${socket}.away
      select pg_terminate_backend(pid) from pg_stat_activity
       where pid <> pg_backend_pid() and backend_type in ('client backend', 'walsender');`,
    );
    try {
      await happening();
    } finally {
      await rename(`${socket}.away`, socket);
    }
  }

  /**
   * Stops it as an operator would, if it still runs. Fails when it, or its Postgres, doesn't end
   * properly, and when it panicked since it began.
   */
  async stop(): Promise<void> {
    if (!existsSync(this.dataFolder)) return;
    await this.end();
    await rm(this.dataFolder, { recursive: true });
  }

  private async end(): Promise<void> {
    const { process } = this.running;
    const outcome = await process.stop();
    if (outcome !== "0") {
      throw new Error(`Tributary ended with ${outcome}:\n${process.errors}`);
    }
    const panic = /^.*panicked at[\s\S]{0,4000}/m.exec(process.errors + process.output)?.[0];
    if (panic) throw new Error(`Tributary panicked while it ran:\n${panic}`);
    if (existsSync(postmasterFile(this.dataFolder))) {
      throw new Error(`Tributary left its Postgres running on ${this.dataFolder}.`);
    }
  }
}

interface Listening {
  process: Running;
  url: string;
}

/** A server's process on that data, once it is ready and changes reach its log. */
async function listening(
  dataFolder: string,
  environment: Record<string, string>,
  workingFolder: string,
  address = "127.0.0.1:0",
): Promise<Listening> {
  const binary = process.env.TRIBUTARY_BIN ?? join(root, "target/debug/tributary");
  const settings = {
    ...withoutSettings(process.env),
    RUST_LOG: process.env.RUST_LOG ?? "info",
    ...environment,
    ADDRESS: address,
    DATA_DIR: dataFolder,
  };
  const server = new Running(binary, [], settings, workingFolder);
  try {
    const url = await until("the server says where it listens", async () => {
      if (server.hasEnded) throw new Error("the server ended");
      return server.output.match(/is running on (http:\S+)/)?.[1];
    });
    await until("the server is ready", async () => {
      const answer = await fetch(`${url}/readyz`);
      return answer.ok && (await answer.json()).cdc === "ok";
    });
    return { process: server, url };
  } catch (error) {
    await server.stop();
    throw new Error(`Tributary doesn't start:\n${server.output}${server.errors}`, {
      cause: error,
    });
  }
}

/** What the shell sets for another Tributary, or another database, isn't meant for this one. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL, PUBLIC_URL, DEMO, ...rest } = environment;
  return rest;
}

function postmasterFile(dataFolder: string): string {
  return join(dataFolder, "postgres/postmaster.pid");
}

/** The file's fourth and fifth line are port and socket folder (PostgreSQL: `miscadmin.h`). */
async function conninfo(dataFolder: string): Promise<string> {
  const lines = (await readFile(postmasterFile(dataFolder), "utf8")).split("\n");
  return `host=${lines[4]} port=${lines[3]} user=tributary dbname=tributary`;
}
