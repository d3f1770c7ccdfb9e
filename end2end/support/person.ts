import type { BrowserContext, Page, Request } from "@playwright/test";
import { Api } from "./api";
import { live } from "./screen";

export const PASSWORD = "correct horse battery";

/** Somebody with an account, signed in with a browser of their own. */
export class Person {
  /** How often one of their tabs loaded a page from the server. */
  loads = 0;
  readonly #streams = new Map<Request, Page>();

  private constructor(
    readonly name: string,
    readonly email: string,
    readonly context: BrowserContext,
    /** Their first tab. */
    readonly page: Page,
    readonly api: Api,
    /** The address that their browser knows the server by. */
    readonly url: string,
  ) {
    context.on("request", (request) => {
      if (isStream(request)) this.#streams.set(request, request.frame().page());
      else if (request.isNavigationRequest()) this.loads += 1;
    });
    context.on("requestfinished", (request) => this.#streams.delete(request));
    context.on("requestfailed", (request) => this.#streams.delete(request));
  }

  /** The tabs that hold a stream of this person now. */
  get streams(): Page[] {
    return this.#holding((path) => path === "/me/stream");
  }

  /** The tabs that hold a stream of an organization now. */
  get organizationStreams(): Page[] {
    return this.#holding((path) => path.endsWith("/sync/stream"));
  }

  #holding(wanted: (path: string) => boolean): Page[] {
    return [...this.#streams]
      .filter(([request, page]) => wanted(path(request)) && !page.isClosed())
      .map(([, page]) => page);
  }

  static async signUp(name: string, context: BrowserContext, url: string): Promise<Person> {
    const email = `${name.toLowerCase()}-${unique()}@example.com`;
    const api = new Api(context.request, url);
    await api.signUp(name, email, PASSWORD);
    return new Person(name, email, context, await context.newPage(), api, url);
  }

  /** Loads a page, and waits until it takes clicks and is live. */
  async visits(path: string, page = this.page): Promise<void> {
    await page.goto(this.url + path);
    await live(page);
  }

  /** Visits a page in another tab of the same browser. */
  async opensTab(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await this.visits(path, page);
    return page;
  }

  /** The header by which a program is them. */
  async cookie(): Promise<string> {
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

/** Tells apart what other tests, and other runs on the same server, make. */
export function unique(): string {
  return crypto.randomUUID().slice(-12);
}
