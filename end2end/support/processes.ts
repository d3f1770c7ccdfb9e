import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program to its end, with `input` for it to read. Fails when it fails. */
export async function run(program: string, args: string[], input = ""): Promise<void> {
  const running = execute(program, args);
  running.child.stdin?.end(input);
  await running;
}

/** Has psql run statements. Fails when one of them fails. */
export async function psql(database: string, statements: string): Promise<void> {
  await run("psql", ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", database], statements);
}

/** A program that goes on while a test reads what it has printed so far. */
export class Running {
  /** What it printed to its standard output, so far. */
  output = "";
  /** What it printed to its standard error, so far. */
  errors = "";
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;

  constructor(
    program: string,
    args: string[],
    env: NodeJS.ProcessEnv = process.env,
    cwd = process.cwd(),
  ) {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.setEncoding("utf8").on("data", (text) => {
      this.output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.errors += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("close", (code, signal) => resolve(`${signal ?? code}`));
    });
  }

  /** How much memory it has in use, in bytes. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) * 1024;
  }

  get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /**
   * Tells it to end, by `SIGTERM`, and gives the exit code or the signal that ended it.
   * Fails when it hasn't ended `within` so many milliseconds; it is killed then.
   */
  async stop(within = 10_000): Promise<string> {
    this.#child.kill("SIGTERM");
    const late = Symbol("late");
    let alarm: NodeJS.Timeout | undefined;
    const overdue = new Promise<typeof late>((resolve) => {
      alarm = setTimeout(() => resolve(late), within);
    });
    const outcome = await Promise.race([this.#ended, overdue]);
    clearTimeout(alarm);
    if (outcome === late) {
      this.#child.kill("SIGKILL");
      throw new Error(`It didn't end within ${within} ms of SIGTERM:\n${this.errors}`);
    }
    return outcome;
  }
}
