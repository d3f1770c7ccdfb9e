// A client that treats connections as browsers do: HTTP/2 over TLS, requests that the server didn't begin
// are sent again, and a stream that ends is opened again with the cursor of its last event.
import { randomUUID } from "node:crypto";
import { connect, constants } from "node:http2";
import { cleanUp } from "./processes.mjs";
import { eventParser } from "./server.mjs";

export class Browser {
  #t;
  #site;
  #session;
  cookie;

  /** `site` has the `port` of a proxy, its `name` and the certificate `ca`. */
  constructor(t, site, cookie) {
    this.#t = t;
    this.#site = site;
    this.cookie = cookie;
  }

  static async signIn(t, site, email, password = "tributary-demo") {
    const browser = new Browser(t, site);
    const body = { email, password };
    const { status, headers, text } = await browser.request("POST", "/auth/sign-in", body);
    if (status !== 200) throw new Error(`signing in: ${status} ${text}`);
    browser.cookie = headers["set-cookie"][0].split(";")[0];
    return browser;
  }

  #connection() {
    if (!this.#session || this.#session.isRetired) {
      const { port, name, ca } = this.#site;
      const session = connect(`https://127.0.0.1:${port}`, { ca, servername: name });
      const retire = () => {
        session.isRetired = true;
      };
      for (const event of ["goaway", "close", "error"]) session.on(event, retire);
      cleanUp(this.#t, () => session.destroy());
      this.#session = session;
    }
    return this.#session;
  }

  #open(method, path, body, more = {}) {
    const headers = {
      ":method": method,
      ":path": path,
      ":authority": this.#site.name,
      accept: "application/json",
      origin: `https://${this.#site.name}`,
      ...(this.cookie && { cookie: this.cookie }),
      ...(body && { "content-type": "application/json", "mutation-id": randomUUID() }),
      ...more,
    };
    const stream = this.#connection().request(headers);
    stream.end(body && JSON.stringify(body));
    return stream;
  }

  /** Sends a request and returns its answer, of whatever status. */
  async request(method, path, body) {
    for (;;) {
      const stream = this.#open(method, path, body);
      try {
        return await answerOf(stream);
      } catch (error) {
        if (!isRefused(stream)) throw error;
      }
    }
  }

  /** Follows a stream until `signal` aborts, and calls `onEvent` for every event. */
  async follow(path, cursor, onEvent, signal) {
    let last = cursor;
    while (!signal.aborted) {
      let pause = 250 * Math.random();
      const receive = (event) => {
        last = event.id ?? last;
        if (event.event === "end") pause = event.data.retryAfterMs;
        onEvent(event);
      };
      const stream = this.#open("GET", path, undefined, {
        accept: "text/event-stream",
        ...(last && { "last-event-id": last }),
      });
      const close = () => stream.close();
      signal.addEventListener("abort", close);
      await eventsOf(stream, receive).catch((error) => {
        if (!signal.aborted && !isRefused(stream)) onEvent({ event: "broken", data: `${error}` });
      });
      signal.removeEventListener("abort", close);
      await new Promise((resolve) => setTimeout(resolve, signal.aborted ? 0 : pause));
    }
  }
}

/** Whether the server says that it didn't begin with the request. */
function isRefused(stream) {
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
}

async function answerOf(stream) {
  let headers = {};
  stream.on("response", (it) => {
    headers = it;
  });
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += chunk;
  return { status: headers[":status"], headers, text };
}

async function eventsOf(stream, receive) {
  stream.on("response", (headers) => {
    if (headers[":status"] !== 200) receive({ event: "refused", data: headers[":status"] });
  });
  stream.setEncoding("utf8");
  const parse = eventParser();
  for await (const chunk of stream) parse(chunk).forEach(receive);
}
