import { join } from "node:path";
import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import { setRole } from "./support/actions";
import { notifications, waitUntilLive } from "./support/locators";
import { Server } from "./support/server";

const folder = join(__dirname, "../docs/screenshots");

const test = base.extend<{ demo: Server; signIn: SignIn }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from it
  demo: async ({}, use) => {
    const server = await Server.start({ DEMO: "1" });
    await use(server);
    await server.stop();
  },

  signIn: async ({ browser, demo }, use) => {
    const password = demo.startupOutput.match(/Demo accounts, password (\S+):/)?.[1];
    const pages: Page[] = [];
    await use(async (email, path, options) => {
      const context = await browser.newContext({ baseURL: demo.url, ...options });
      const answer = await context.request.post("/auth/sign-in", { data: { email, password } });
      expect(answer.ok(), await answer.text()).toBe(true);
      const page = await context.newPage();
      pages.push(page);
      await page.goto(path);
      await waitUntilLive(page);
      return page;
    });
    await Promise.all(pages.map((page) => page.context().close()));
  },
});

/** Signs in to the demo workspace and opens a page. */
type SignIn = (email: string, path: string, options?: BrowserContextOptions) => Promise<Page>;

const MEMBERS = "/o/north-wind/members";
const DESKTOP = { viewport: { width: 1440, height: 810 }, reducedMotion: "reduce" } as const;

for (const colorScheme of ["light", "dark"] as const) {
  test(`member promoted to admin, ${colorScheme}`, async ({ signIn }) => {
    const linus = await signIn("linus@example.com", MEMBERS, { ...DESKTOP, colorScheme });
    const ada = await signIn("ada@example.com", MEMBERS);
    await setRole(ada, { name: "North Wind" }, "Linus Pauling", "Admin");
    await expect(notifications(linus)).toContainText("You are now an admin");
    await expect(linus.getByText("grace@example.com")).toBeVisible();
    await expect(linus.getByText("mary@example.com")).toBeVisible();
    await linus.screenshot({ path: join(folder, `members-${colorScheme}.png`) });
  });
}

test("home on a phone", async ({ signIn }) => {
  const grace = await signIn("grace@example.com", "/home", {
    viewport: { width: 360, height: 720 },
    deviceScaleFactor: 2,
    reducedMotion: "reduce",
  });
  await grace.screenshot({ path: join(folder, "home-phone.png") });
});

for (const [name, path, colorScheme] of [
  ["notes", "/o/north-wind/notes", "light"],
  ["activity", "/o/north-wind/activity", "dark"],
  ["account", "/account", "light"],
] as const) {
  test(`${name}, ${colorScheme}`, async ({ signIn }) => {
    const ada = await signIn("ada@example.com", path, { ...DESKTOP, colorScheme });
    await ada.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
  });
}
