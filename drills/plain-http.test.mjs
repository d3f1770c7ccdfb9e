// What the shipped proxy files do with plain HTTP, and which cipher suites of TLS 1.2 they accept. No node runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "node:tls";
import { freePort } from "./support/processes.mjs";
import { haproxy, nginx } from "./support/proxies.mjs";

/** The cipher suite of a connection, or null where the proxy refuses those offered. */
function suite({ port, name, ca }, ciphers) {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, servername: name, ca, ciphers };
    const socket = connect({ ...options, maxVersion: "TLSv1.2" }, () => {
      resolve(socket.getCipher().standardName);
      socket.destroy();
    });
    socket.on("error", () => resolve(null));
  });
}

for (const [name, proxyOf] of Object.entries({ nginx, HAProxy: haproxy })) {
  test(`${name} leads only pages to https and refuses suites without forward secrecy`, async (t) => {
    const proxy = await proxyOf(t, [{ port: await freePort() }, { port: await freePort() }]);
    const ask = (accept, method) =>
      fetch(`http://127.0.0.1:${proxy.plain}/home`, {
        method,
        headers: { accept },
        redirect: "manual",
      });
    const page = await ask("text/html,*/*", "GET");
    assert.equal(page.status, 308);
    assert.match(page.headers.get("location"), /^https:\/\/.*\/home$/);
    for (const [accept, method] of [
      ["application/json", "GET"],
      ["text/event-stream", "GET"],
      ["text/html", "POST"],
    ]) {
      assert.equal((await ask(accept, method)).status, 403, `${method} ${accept}`);
    }
    assert.equal(await suite(proxy, "AES128-SHA"), null);
    assert.equal(await suite(proxy, "AES128-GCM-SHA256"), null);
    assert.equal(await suite(proxy, "ECDHE-ECDSA-AES128-SHA"), null);
    assert.match(await suite(proxy, undefined), /^TLS_ECDHE_ECDSA_WITH_(AES|CHACHA20)/);
  });
}
