import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { BrowserErrors } from "./browser-errors";
import { Person } from "./person";
import { Server } from "./server";

export { expect };

/** `expect` for changes by others: they must be on the screen within 2 s. */
export const soon = expect.configure({ timeout: 2_000 });

/** Signs up a new user with a browser of their own. `url` is another URL of the server. */
export type SignUp = (name: string, url?: string) => Promise<Person>;

/** Opens a page in a new browser without a session. */
export type OpenBrowser = (options?: BrowserContextOptions) => Promise<Page>;

interface Fixtures {
  /** The URL of the server that the tests share. */
  url: string;
  /** The psql connection string of that server's database. */
  database: string;
  /** Environment variables of `ownServer`, for `test.use`. */
  serverSettings: Record<string, string>;
  /** A server that only this test uses. */
  ownServer: Server;
  /** The errors in all browsers of this test. Checked after the test. */
  browserErrors: BrowserErrors;
  signUp: SignUp;
  openBrowser: OpenBrowser;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  url: ({}, use) => use(requireEnv("TRIBUTARY_URL")),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  database: ({}, use) => use(requireEnv("TRIBUTARY_DATABASE")),

  baseURL: ({ url }, use) => use(url),

  serverSettings: [{}, { option: true }],

  ownServer: async ({ serverSettings }, use) => {
    const server = await Server.start(serverSettings);
    await use(server);
    await server.stop();
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  browserErrors: async ({}, use) => {
    const errors = new BrowserErrors();
    await use(errors);
    errors.check();
  },

  signUp: async ({ browser, browserErrors, url: sharedUrl }, use) => {
    const people: Person[] = [];
    await use(async (name, url = sharedUrl) => {
      const context = await browser.newContext();
      browserErrors.watch(context);
      const person = await Person.signUp(name, context, url);
      people.push(person);
      return person;
    });
    await Promise.all(people.map((person) => person.context.close()));
  },

  openBrowser: async ({ browser, browserErrors, url }, use) => {
    const pages: Page[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL: url, ...options });
      browserErrors.watch(context);
      const page = await context.newPage();
      pages.push(page);
      return page;
    });
    await Promise.all(pages.map((page) => page.context().close()));
  },
});

function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: support/global-setup.ts sets it.`);
  return value;
}
