import { randomInt } from "node:crypto";
import type { BrowserContext, Page, Request } from "@playwright/test";
import { Api } from "./api";
import { waitUntilLive } from "./locators";

export const PASSWORD = "correct horse battery";

/** A signed-in user with a browser of their own. */
export class Person {
  /** How often one of the tabs loaded a page from the server. */
  pageLoads = 0;
  readonly #streams = new Map<Request, Page>();

  private constructor(
    readonly name: string,
    readonly email: string,
    readonly context: BrowserContext,
    /** The first tab. */
    readonly page: Page,
    readonly api: Api,
    /** The server's URL as this browser knows it, possibly that of a proxy. */
    readonly url: string,
  ) {
    context.on("request", (request) => {
      if (isStream(request)) this.#streams.set(request, request.frame().page());
      else if (request.isNavigationRequest()) this.pageLoads += 1;
    });
    context.on("requestfinished", (request) => this.#streams.delete(request));
    context.on("requestfailed", (request) => this.#streams.delete(request));
  }

  /** The tabs that hold a user stream now. */
  get streams(): Page[] {
    return this.#tabsWithStream((path) => path === "/me/stream");
  }

  /** The tabs that hold an organization stream now. */
  get organizationStreams(): Page[] {
    return this.#tabsWithStream((path) => path.endsWith("/sync/stream"));
  }

  #tabsWithStream(matches: (path: string) => boolean): Page[] {
    return [...this.#streams]
      .filter(([request, page]) => matches(path(request)) && !page.isClosed())
      .map(([, page]) => page);
  }

  static async signUp(name: string, context: BrowserContext, url: string): Promise<Person> {
    const email = `${name.toLowerCase()}-${unique()}@example.com`;
    const api = new Api(context.request, url);
    await api.signUp(name, email, PASSWORD);
    return new Person(name, email, context, await context.newPage(), api, url);
  }

  /** Loads a page, and waits until it is hydrated and live. */
  async visit(path: string, page = this.page): Promise<void> {
    await page.goto(this.url + path);
    await waitUntilLive(page);
  }

  /** Visits a page in a new tab of the same browser. */
  async openTab(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await this.visit(path, page);
    return page;
  }

  /** The `cookie` header of the session, for clients other than the browser. */
  async cookieHeader(): Promise<string> {
    const cookies = await this.context.cookies();
    return `cookie: ${cookies.map(({ name, value }) => `${name}=${value}`).join("; ")}`;
  }
}

function isStream(request: Request): boolean {
  return path(request).endsWith("/stream");
}

function path(request: Request): string {
  return new URL(request.url()).pathname;
}

/**
 * A suffix that keeps the data of tests and runs on one server apart. It has digits only, so that no
 * search for a word finds it.
 */
export function unique(): string {
  return randomInt(10 ** 11, 10 ** 12).toString();
}
