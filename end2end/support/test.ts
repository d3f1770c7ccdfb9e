import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { Faults } from "./faults";
import { Person } from "./person";
import { Server } from "./server";

export { expect };

/** For what somebody else's change does to a screen: it must be there within 2 s. */
export const soon = expect.configure({ timeout: 2_000 });

interface Fixtures {
  /** Where the server is that the tests share. */
  url: string;
  /** How psql reaches that server's database. */
  database: string;
  /** A server that only this test uses. */
  ownServer: Server;
  /** What went wrong in the browsers of this test. Checked at its end. */
  faults: Faults;
  /** Somebody new, signed in with a browser of their own. `at` is another address of the server. */
  person: (name: string, at?: string) => Promise<Person>;
  /** A page of a browser in which nobody is signed in. */
  visitor: (options?: BrowserContextOptions) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  url: ({}, use) => use(given("TRIBUTARY_URL")),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  database: ({}, use) => use(given("TRIBUTARY_DATABASE")),

  baseURL: ({ url }, use) => use(url),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  ownServer: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.stop();
  },

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  faults: async ({}, use) => {
    const faults = new Faults();
    await use(faults);
    faults.check();
  },

  person: async ({ browser, faults, url }, use) => {
    const people: Person[] = [];
    await use(async (name, at = url) => {
      const context = await browser.newContext();
      faults.watch(context);
      const person = await Person.signUp(name, context, at);
      people.push(person);
      return person;
    });
    await Promise.all(people.map((person) => person.context.close()));
  },

  visitor: async ({ browser, faults, url }, use) => {
    const pages: Page[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL: url, ...options });
      faults.watch(context);
      const page = await context.newPage();
      pages.push(page);
      return page;
    });
    await Promise.all(pages.map((page) => page.context().close()));
  },
});

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`This test needs ${name}; support/global-set-up.ts says why.`);
  return value;
}
