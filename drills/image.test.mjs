// Builds the root file system of the Dockerfile's last stage with mmdebstrap, and runs the server in it
// as a container would: another user, no capability, nothing writable.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { copyFile, cp, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Cluster } from "./support/postgres.mjs";
import { folder, freePort, run, start, until } from "./support/processes.mjs";
import { Person, root, serverProgram } from "./support/server.mjs";

/** The instructions of the last stage, as [name, argument]. */
async function lastStage() {
  const text = await readFile(join(root, "Dockerfile"), "utf8");
  const lines = text.replaceAll(/\\\n/g, " ").split("\n");
  const instructions = lines
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.split(/ (.*)/s));
  return instructions.slice(instructions.findLastIndex(([name]) => name === "FROM"));
}

/** The release, or where there is none, the debug build in the same layout. */
async function release(t) {
  const releases = join(root, "target/release-bundle");
  const newest = existsSync(releases) && readdirSync(releases).at(-1);
  if (newest) return join(releases, newest);
  const bundle = join(await folder(t), "tributary");
  await mkdir(bundle);
  await copyFile(await serverProgram(t), join(bundle, "tributary"));
  await cp(join(root, "target/site"), join(bundle, "site"), { recursive: true });
  return bundle;
}

/** Carries out the instructions. Those that only concern a container's network or signals do nothing. */
async function buildImage(t) {
  const image = {
    root: join(await folder(t), "root"),
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  };
  await run("chmod", ["755", dirname(image.root)]);
  for (const [name, argument] of await lastStage()) {
    const words = argument.split(" ");
    if (name === "FROM") {
      const suite = argument.match(/^debian:(\w+)-slim$/)?.[1];
      assert.ok(suite, `the drill can't build from ${argument}`);
      const unneeded = ["doc", "man", "locale", "info"].map(
        (it) => `--dpkgopt=path-exclude=/usr/share/${it}/*`,
      );
      await run("mmdebstrap", ["--variant=minbase", ...unneeded, suite, image.root]);
    } else if (name === "COPY") {
      const source = words[0] === "--from=build" ? await release(t) : join(root, words[0]);
      const copy = ["-RT", "--no-preserve=ownership", source, image.root + words.at(-1)];
      await run("cp", copy);
      if (words[0] === "--from=build") assert.equal(words[1], "/tributary");
    } else if (name === "ENV") {
      for (const word of words) image.env[word.split("=")[0]] = word.split(/=(.*)/s)[1];
    } else if (name === "HEALTHCHECK") {
      image.healthcheck = JSON.parse(argument.split("CMD ")[1]);
    } else if (name === "ENTRYPOINT") {
      image.entrypoint = JSON.parse(argument);
    } else if (name === "USER") {
      image.user = words[0].split(":");
    } else if (name === "WORKDIR") {
      image.workdir = argument;
    } else {
      assert.ok(["EXPOSE", "STOPSIGNAL"].includes(name), `the drill doesn't know ${name}`);
    }
  }
  return image;
}

/** The arguments that make bubblewrap run a command in the image. */
function inImage({ root, env, user: [uid, gid], workdir }, more, command) {
  const variables = Object.entries({ ...env, ...more }).flatMap((it) => ["--setenv", ...it]);
  return [
    ...["--unshare-all", "--share-net", "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"],
    ...["--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"],
    ...["--uid", uid, "--gid", gid, "--chdir", workdir, "--clearenv", ...variables],
    ...["--info-fd", "3", ...command],
  ];
}

test("server runs in the image as another user without writing to it", async (t) => {
  const image = await buildImage(t);
  assert.ok(
    image.user.every((id) => Number(id) > 0),
    `${image.user} isn't root`,
  );
  const cluster = await Cluster.create(t);
  const port = await freePort();
  const env = { ADDRESS: `127.0.0.1:${port}`, DATABASE_URL: cluster.url(), DEMO: "true" };
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const execute = async (command) => {
    const running = start(t, "bwrap", inImage(image, env, command), { stdio });
    return { code: await running.end(), output: running.output };
  };

  const early = await execute(image.healthcheck);
  assert.notEqual(early.code, 0, "the health check fails while no server answers");

  const server = start(t, "bwrap", inImage(image, env, image.entrypoint), { stdio });
  await until("the health check succeeds", 60, async () => {
    if (!server.isRunning()) throw new Error(server.output);
    return (await execute(image.healthcheck)).code === 0;
  });
  const origin = `http://127.0.0.1:${port}`;
  const ada = await Person.signIn(origin);
  assert.ok((await ada.request("GET", "/me/menu")).items.length > 0);
  for (const path of ["/", "/pkg/tributary.css", "/pkg/tributary.js"]) {
    assert.equal((await fetch(origin + path)).status, 200, path);
  }

  for (const place of ["/", "/tmp", "/opt/tributary", "/var/lib", "/run"]) {
    const written = await execute(["touch", join(place, "file")]);
    assert.match(written.output, /Read-only file system/, `${place} can't be written`);
  }
  const { "child-pid": inner } = JSON.parse(server.output.match(/\{[^{}]*"child-pid"[^{}]*\}/)[0]);
  const since = Date.now();
  assert.equal(await server.stop("SIGTERM", inner), 0, server.output);
  assert.ok(Date.now() - since < 10_000, "stops within ten seconds");
});
