import type { AddressInfo } from "node:net";
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

/**
 * A TCP proxy in front of the server that a test can cut. The browser's own network stays up, so
 * the browser isn't told that it is offline.
 */
export class NetworkProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #listener: Listener | undefined;
  #port = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** Starts a proxy that accepts connections. */
  static async start(target: string): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(target);
    await proxy.connect();
    return proxy;
  }

  /** The URL of the server through this proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Accepts connections again, on the same port as before. */
  async connect(): Promise<void> {
    const listener = createServer((downstream) => this.#forward(downstream));
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
  }

  /** Resets every connection, and refuses new ones. */
  async disconnect(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await new Promise((resolve) => listener?.close(resolve) ?? resolve(undefined));
  }

  #forward(downstream: Socket): void {
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    for (const [one, other] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
