// A TCP proxy between one person's browser and the server.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { cleanUp } from "../support/processes.mjs";

export class NetworkProxy {
  #target;
  #listener;
  #sockets = new Set();
  #stalled;
  #port = 0;

  static async start(t, target) {
    const proxy = new NetworkProxy();
    proxy.#target = target;
    await proxy.connect();
    cleanUp(t, () => proxy.disconnect());
    return proxy;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Accepts connections, on the same port as before. */
  async connect() {
    this.#listener = createServer((downstream) => this.#forward(downstream));
    this.#listener.listen(this.#port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.#port = this.#listener.address().port;
  }

  /** Resets every connection, and refuses new ones. */
  async disconnect() {
    const listener = this.#listener;
    this.#listener = undefined;
    if (!listener) return;
    const closed = once(listener, "close");
    listener.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  /** Leaves requests for a path without an answer. Returns how many have come. */
  stall(path) {
    const stalled = { line: `GET ${path} `, requests: 0 };
    this.#stalled = stalled;
    return () => stalled.requests;
  }

  resume() {
    this.#stalled = undefined;
  }

  #forward(downstream) {
    const upstream = connect(this.#target.port, "127.0.0.1");
    const pairs = [
      [downstream, upstream],
      [upstream, downstream],
    ];
    for (const [one, other] of pairs) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("end", () => other.end());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    upstream.on("data", (chunk) => downstream.write(chunk));
    downstream.on("data", (chunk) => {
      if (this.#stalled && `${chunk}`.includes(this.#stalled.line)) this.#stalled.requests += 1;
      else upstream.write(chunk);
    });
  }
}
