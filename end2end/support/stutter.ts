import { createServer, type Server as Listener, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable, Writable } from "node:stream";

/**
 * In front of a server: says each change twice, and in between all that were before it, the oldest
 * first. So everything is heard at least once, often more, and late.
 */
export class Stutter {
  /** How often it said something that it had said before. */
  repeated = 0;
  readonly #listener: Listener;

  private constructor(target: string) {
    this.#listener = createServer((request, response) => {
      const { method, headers } = request;
      const asked = send(new URL(request.url ?? "/", target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        if (answer.headers["content-type"]?.startsWith("text/event-stream")) {
          this.#stutter(answer, response);
        } else {
          answer.pipe(response);
        }
      });
      asked.on("error", () => response.destroy());
      response.on("close", () => asked.destroy());
      request.pipe(asked);
    });
  }

  static async before(target: string): Promise<Stutter> {
    const stutter = new Stutter(target);
    await new Promise<void>((resolve) => stutter.#listener.listen(0, "127.0.0.1", resolve));
    return stutter;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#listener.closeAllConnections();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #stutter(from: Readable, to: Writable): void {
    const said: string[] = [];
    let rest = "";
    from.setEncoding("utf8").on("data", (text) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const isChange = block.includes("event: change");
        if (isChange) said.push(block);
        const now = isChange ? [block, ...said] : [block];
        this.repeated += now.length - 1;
        to.write(now.map((it) => `${it}\n\n`).join(""));
      }
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
  }
}
