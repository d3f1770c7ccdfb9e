// Starts programs, and ends them with the test that started them.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

// An interrupted drill leaves nothing behind either.
const started = new Map();
process.on("exit", () => {
  for (const [child, signal] of started) child.kill(signal);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const cleanups = new WeakMap();

/** Runs `action` after the test, the last one first: a folder outlives the programs that use it. */
export function cleanUp(t, action) {
  if (!cleanups.has(t)) {
    cleanups.set(t, []);
    t.after(async () => {
      for (const each of cleanups.get(t).reverse()) await each();
    });
  }
  cleanups.get(t).push(action);
}

/** Awaits a condition: returns the first value that isn't undefined or false. */
export async function until(what, seconds, attempt) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      last = undefined;
      const value = await attempt();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`after ${seconds} s still not: ${what}`, { cause: last });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A folder that is deleted after the test. */
export async function folder(t, owner) {
  const path = await mkdtemp(join(tmpdir(), "tributary-drill-"));
  cleanUp(t, () => rm(path, { recursive: true, force: true }));
  if (owner?.uid !== undefined) await chown(path, owner.uid, owner.gid);
  return path;
}

/** Runs a program to its end and returns what it printed. */
export async function run(program, args, options = {}) {
  const { input, ...rest } = options;
  const running = execute(program, args, { maxBuffer: 64 << 20, ...rest });
  if (input !== undefined) running.child.stdin.end(input);
  const { stdout } = await running;
  return stdout;
}

/**
 * Starts a program that runs until `stop`, at the latest until the end of the test. One that has
 * processes of its own ends them only on another signal than SIGKILL.
 */
export function start(t, program, args, { lastSignal = "SIGKILL", ...options } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  started.set(child, lastSignal);
  child.on("exit", () => started.delete(child));
  const running = { child, output: "", pid: child.pid };
  const record = (chunk) => {
    running.output = (running.output + chunk).slice(-100_000);
  };
  for (const stream of child.stdio.slice(1)) stream?.on("data", record);
  child.on("error", (error) => record(`${error}`));
  // Not "exit": the last output may still be on its way.
  const ended = once(child, "close");
  running.isRunning = () => child.exitCode === null && child.signalCode === null;
  running.end = async () => {
    await ended;
    return child.exitCode;
  };
  running.stop = async (signal = "SIGTERM", pid = child.pid) => {
    if (running.isRunning()) process.kill(pid, signal);
    return running.end();
  };
  cleanUp(t, () => running.stop(lastSignal));
  return running;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
