// nginx and HAProxy with the files in deploy/, in which only addresses and paths differ.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { folder, freePort, run, start, until } from "./processes.mjs";
import { root } from "./server.mjs";

const NAME = "tributary.example.com";

/** The text with each pattern replaced; every pattern must be there. */
function adapt(text, replacements) {
  return replacements.reduce((adapted, [pattern, replacement]) => {
    assert.ok(adapted.includes(pattern), `the shipped file has no ${pattern}`);
    return adapted.replaceAll(pattern, replacement);
  }, text);
}

/** A certificate that is its own authority. */
async function certificate(directory) {
  const [key, crt] = [join(directory, "tributary.key"), join(directory, "tributary.crt")];
  const subject = ["-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME}`];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await run("openssl", ["req", ...kind, "-keyout", key, "-out", crt, ...subject]);
  const ca = await readFile(crt, "utf8");
  await writeFile(join(directory, "tributary.pem"), ca + (await readFile(key, "utf8")));
  return ca;
}

async function site(t) {
  const directory = await folder(t);
  return { directory, name: NAME, ca: await certificate(directory), port: await freePort() };
}

async function untilListening(port) {
  await until("the proxy listens", 10, async () => {
    await fetch(`http://127.0.0.1:${port}`, { redirect: "manual" });
    return true;
  });
}

/** nginx in front of two nodes. */
export async function nginx(t, nodes) {
  const { directory, ...rest } = await site(t);
  const plain = await freePort();
  const proxy = join(root, "deploy/nginx/tributary-proxy.conf");
  const shipped = adapt(await readFile(join(root, "deploy/nginx/tributary.conf"), "utf8"), [
    ["    listen [::]:443 ssl http2;\n", ""],
    ["    listen [::]:80;\n", ""],
    ["listen 443", `listen 127.0.0.1:${rest.port}`],
    ["listen 80", `listen 127.0.0.1:${plain}`],
    ["/etc/nginx/tls/", `${directory}/`],
    ["/etc/nginx/tributary-proxy.conf", proxy],
    ["127.0.0.1:3001", `127.0.0.1:${nodes[0].port}`],
    ["127.0.0.1:3002", `127.0.0.1:${nodes[1].port}`],
  ]);
  await writeFile(join(directory, "tributary.conf"), shipped);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (it) => `${it}_temp_path ${directory}/${it};`,
  );
  await writeFile(
    join(directory, "nginx.conf"),
    `pid ${directory}/pid; error_log stderr; daemon off; worker_processes 2;
     events { worker_connections 4096; }
     http { access_log off; ${temporary.join(" ")} include ${directory}/tributary.conf; }`,
  );
  start(t, "/usr/sbin/nginx", ["-c", join(directory, "nginx.conf")], {
    lastSignal: "SIGTERM",
  });
  await untilListening(plain);
  return {
    ...rest,
    /** The port of plain HTTP. */
    plain,
    /** It tries a node again a second after it failed. */
    untilUsed: () => new Promise((resolve) => setTimeout(resolve, 1500)),
  };
}

/** HAProxy in front of two nodes. `drain` and `restore` are what docs/operations/proxies.md describes. */
export async function haproxy(t, nodes) {
  const { directory, ...rest } = await site(t);
  const plain = await freePort();
  const socket = join(directory, "admin.sock");
  const shipped = adapt(await readFile(join(root, "deploy/haproxy.cfg"), "utf8"), [
    ["/run/haproxy/admin.sock", socket],
    ["bind :443", `bind 127.0.0.1:${rest.port}`],
    ["bind :80", `bind 127.0.0.1:${plain}`],
    ["/etc/haproxy/tls/", `${directory}/`],
    ["127.0.0.1:3001", `127.0.0.1:${nodes[0].port}`],
    ["127.0.0.1:3002", `127.0.0.1:${nodes[1].port}`],
  ]);
  await writeFile(join(directory, "haproxy.cfg"), shipped);
  // The system may allow fewer open files than a proxy of 50,000 connections needs.
  start(t, "/usr/sbin/haproxy", ["-db", "-n", "4000", "-f", join(directory, "haproxy.cfg")]);
  await untilListening(plain);
  const admin = (command) =>
    new Promise((resolve, reject) => {
      let answer = "";
      const connection = connect(socket, () => connection.end(`${command}\n`));
      connection.on("data", (chunk) => {
        answer += chunk;
      });
      connection.on("error", reject).on("close", () => resolve(answer.trim()));
    });
  const name = (node) => `node-${nodes.indexOf(node) + 1}`;
  const set = async (node, state) =>
    assert.equal(await admin(`set server tributary/${name(node)} state ${state}`), "");
  const isUp = async (node) => {
    const lines = (await admin("show stat")).split("\n");
    return lines.find((it) => it.startsWith(`tributary,${name(node)},`)).split(",")[17] === "UP";
  };
  const untilUsed = (node) => until(`${name(node)} is up`, 10, () => isUp(node));
  return {
    ...rest,
    /** The port of plain HTTP. */
    plain,
    drain: (node) => set(node, "drain"),
    async restore(node) {
      await set(node, "ready");
      await untilUsed(node);
    },
    untilUsed,
  };
}
