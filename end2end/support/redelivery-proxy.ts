import { createServer, type Server as Listener, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable, Writable } from "node:stream";

/**
 * An HTTP proxy that redelivers stream messages: after each `change` it repeats all changes so far,
 * the oldest first. Clients thus receive every change at least twice, and out of order.
 */
export class RedeliveryProxy {
  /** The number of messages that were repeated. */
  repeated = 0;
  readonly #listener: Listener;

  private constructor(target: string) {
    this.#listener = createServer((request, response) => {
      const { method, headers } = request;
      const upstream = send(new URL(request.url ?? "/", target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        if (answer.headers["content-type"]?.startsWith("text/event-stream")) {
          this.#redeliver(answer, response);
        } else {
          answer.pipe(response);
        }
      });
      upstream.on("error", () => response.destroy());
      response.on("close", () => upstream.destroy());
      request.pipe(upstream);
    });
  }

  static async start(target: string): Promise<RedeliveryProxy> {
    const proxy = new RedeliveryProxy(target);
    await new Promise<void>((resolve) => proxy.#listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#listener.closeAllConnections();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #redeliver(from: Readable, to: Writable): void {
    const delivered: string[] = [];
    let rest = "";
    from.setEncoding("utf8").on("data", (text) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const isChange = block.includes("event: change");
        if (isChange) delivered.push(block);
        const batch = isChange ? [block, ...delivered] : [block];
        this.repeated += batch.length - 1;
        to.write(batch.map((it) => `${it}\n\n`).join(""));
      }
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
  }
}
