import type { AddressInfo } from "node:net";
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

/** A cable to the server that can be pulled out, without the browser being told. */
export class Cable {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #listener: Listener | undefined;
  #port = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  /** A cable that is plugged in. */
  static async to(target: string): Promise<Cable> {
    const cable = new Cable(target);
    await cable.plug();
    return cable;
  }

  /** The server's address at this end of it. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Takes connections, at the same port as before. */
  async plug(): Promise<void> {
    const listener = createServer((near) => this.#join(near));
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
  }

  /** Resets every connection, and refuses new ones. */
  async pull(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await new Promise((resolve) => listener?.close(resolve) ?? resolve(undefined));
  }

  #join(near: Socket): void {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
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
