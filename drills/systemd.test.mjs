// The service unit, as far as a machine without a running systemd can check it.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { folder, run, start } from "./support/processes.mjs";
import { root, serverProgram } from "./support/server.mjs";

/** The unit, starting the built server; systemd refuses one whose program is missing. */
async function unit(t) {
  const text = await readFile(join(root, "deploy/tributary.service"), "utf8");
  const path = join(await folder(t), "tributary.service");
  await writeFile(path, text.replace("/opt/tributary/tributary", await serverProgram(t)));
  return path;
}

test("systemd accepts the unit", async (t) => {
  const verify = start(t, "systemd-analyze", ["verify", "--man=no", await unit(t)]);
  // Unknown settings are only mentioned, not refused.
  assert.deepEqual([await verify.end(), verify.output], [0, ""]);
});

test("systemd rates the unit's exposure at most 2 of 10", async (t) => {
  const args = ["security", "--offline=true", "--threshold=20", "--no-pager", await unit(t)];
  await run("systemd-analyze", args);
});
