import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { psql } from "./database";
import { mailFolder } from "./mail";
import { BackgroundProcess, run } from "./processes";
import { waitFor } from "./wait-for";

const root = resolve(__dirname, "../..");

/** A Tributary server with a database of its own, which is deleted when the server is stopped. */
export class Server {
  private constructor(
    /** The psql connection string of its database. */
    readonly database: string,
    private running: RunningServer,
    readonly dataFolder: string,
    private readonly environment: Record<string, string>,
  ) {}

  /**
   * Starts a server on a free port, with `workingFolder` as its working directory, and waits until it
   * is ready and its worker writes the log. Its data is a copy of the template, if there is one.
   */
  static async start(
    environment: Record<string, string> = {},
    workingFolder = root,
  ): Promise<Server> {
    const template = process.env.TRIBUTARY_TEMPLATE;
    const dataFolder = await createDataFolder();
    try {
      if (template) await run("cp", ["-a", `${template}/.`, dataFolder]);
      const running = await startProcess(dataFolder, environment, workingFolder);
      return new Server(await conninfo(dataFolder), running, dataFolder, environment);
    } catch (error) {
      await rm(dataFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Creates the data folder of a server that was started once and stopped. A server that starts on
   * a copy of it needs neither `initdb` nor migrations, which would take most of its start.
   */
  static async createTemplate(): Promise<string> {
    const server = await Server.start();
    await server.stopProcess();
    return server.dataFolder;
  }

  /** The URL of the server, without a trailing slash. */
  get url(): string {
    return this.running.url;
  }

  /** What it printed to its standard output. */
  get startupOutput(): string {
    return this.running.process.stdout;
  }

  /** The resident memory of its process in bytes. */
  memory(): Promise<number> {
    return this.running.process.memory();
  }

  /** The value of a metric, without its prefix `tributary_`; `NaN` when there is none. */
  async metric(name: string): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text();
    return Number(metrics.match(new RegExp(`^tributary_${name} (\\S+)$`, "m"))?.[1]);
  }

  /** Stops it and starts it again on the same data and address. */
  async restart(): Promise<void> {
    const { host } = new URL(this.url);
    await this.stopProcess();
    this.running = await startProcess(this.dataFolder, this.environment, root, host);
  }

  /** Makes the database unreachable during an action, as while Postgres restarts. */
  async withDatabaseDown(action: () => Promise<void>): Promise<void> {
    const [, folder, port] = this.database.match(/host=(\S+) port=(\S+)/) ?? [];
    const socket = `${folder}/.s.PGSQL.${port}`;
    // Over one open connection: first new connections become impossible, then all others are closed.
    await psql(
      this.database,
      `\\! mv ${socket} ${socket}.away
      select pg_terminate_backend(pid) from pg_stat_activity
       where pid <> pg_backend_pid() and backend_type in ('client backend', 'walsender');`,
    );
    try {
      await action();
    } finally {
      await rename(`${socket}.away`, socket);
    }
  }

  /**
   * Stops it with `SIGTERM`, if it still runs, and deletes its data. Throws when it or its Postgres
   * doesn't end properly, and when it has panicked.
   */
  async stop(): Promise<void> {
    if (!existsSync(this.dataFolder)) return;
    await this.stopProcess();
    await rm(this.dataFolder, { recursive: true });
  }

  private async stopProcess(): Promise<void> {
    const { process } = this.running;
    const outcome = await process.stop();
    if (outcome !== "0") {
      throw new Error(`Tributary ended with ${outcome}:\n${process.stderr}`);
    }
    const panic = /^.*panicked at[\s\S]{0,4000}/m.exec(process.stderr + process.stdout)?.[0];
    if (panic) throw new Error(`Tributary panicked while it ran:\n${panic}`);
    if (existsSync(postmasterFile(this.dataFolder))) {
      throw new Error(`Tributary left its Postgres running on ${this.dataFolder}.`);
    }
  }
}

interface RunningServer {
  process: BackgroundProcess;
  url: string;
}

async function createDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-e2e-"));
  // As root, Postgres runs as another user, which must be able to enter the folder.
  await chmod(folder, 0o711);
  return folder;
}

/** Tests send more requests from one address than people do. */
const HIGH_LIMITS = { LIMITS: "all=1000000/1s", MAX_CONNECTIONS_PER_ADDRESS: "100000" };

/** Starts a server process on a data folder. Returns when it is ready and its worker runs. */
async function startProcess(
  dataFolder: string,
  environment: Record<string, string>,
  workingFolder: string,
  address = "127.0.0.1:0",
): Promise<RunningServer> {
  const binary = process.env.TRIBUTARY_BIN ?? join(root, "target/debug/tributary");
  const settings = {
    ...withoutTributarySettings(process.env),
    RUST_LOG: process.env.RUST_LOG ?? "info",
    ...HIGH_LIMITS,
    ADDRESS: address,
    ...environment,
    DATA_DIR: dataFolder,
    MAIL_FOLDER: mailFolder(),
  };
  const server = new BackgroundProcess(binary, [], settings, workingFolder);
  try {
    const url = await waitFor("the server prints its URL", async () => {
      if (server.hasEnded) throw new Error("the server ended");
      return server.stdout.match(/is running on (http:\S+)/)?.[1];
    });
    await waitFor("the server is ready", async () => {
      const answer = await fetch(`${url}/readyz`);
      return answer.ok && (await answer.json()).cdc === "ok";
    });
    return { process: server, url };
  } catch (error) {
    await server.stop();
    throw new Error(`Tributary failed to start:\n${server.stdout}${server.stderr}`, {
      cause: error,
    });
  }
}

/** The environment without settings for another Tributary or another database. */
function withoutTributarySettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { DATABASE_URL, PUBLIC_URL, DEMO, OIDC_ISSUER, ...rest } = environment;
  return rest;
}

function postmasterFile(dataFolder: string): string {
  return join(dataFolder, "postgres/postmaster.pid");
}

/** Lines 4 and 5 of `postmaster.pid` are the port and the socket folder (PostgreSQL `miscadmin.h`). */
async function conninfo(dataFolder: string): Promise<string> {
  const lines = (await readFile(postmasterFile(dataFolder), "utf8")).split("\n");
  return `host=${lines[4]} port=${lines[3]} user=tributary dbname=tributary`;
}
