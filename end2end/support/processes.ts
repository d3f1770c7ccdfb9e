import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Runs a program to its end with `input` on its standard input. Throws when it fails. */
export async function run(
  program: string,
  args: string[],
  input = "",
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const running = execute(program, args, { env });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** A program that keeps running while the test reads its output. */
export class BackgroundProcess {
  /** The standard output so far. */
  stdout = "";
  /** The standard error so far. */
  stderr = "";
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
      this.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.stderr += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("error", ({ message }) => {
        this.stderr += message;
        resolve(message);
      });
      child.once("close", (code, signal) => resolve(`${signal ?? code}`));
    });
  }

  /** The resident memory in bytes. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) * 1024;
  }

  get hasEnded(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /**
   * Sends `SIGTERM`. Returns the exit code, or the name of the signal that ended it. Kills it and
   * throws when it is still running after `timeout` ms.
   */
  async stop(timeout = 10_000): Promise<string> {
    this.#child.kill("SIGTERM");
    const timedOut = Symbol("timed out");
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<typeof timedOut>((resolve) => {
      timer = setTimeout(() => resolve(timedOut), timeout);
    });
    const outcome = await Promise.race([this.#ended, deadline]);
    clearTimeout(timer);
    if (outcome === timedOut) {
      this.#child.kill("SIGKILL");
      throw new Error(`The process ignored SIGTERM for ${timeout} ms:\n${this.stderr}`);
    }
    return outcome;
  }
}
