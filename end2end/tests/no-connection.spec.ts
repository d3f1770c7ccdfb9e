import { connect, createServer } from "node:net";
import type { Page } from "@playwright/test";
import { Cable } from "../support/cable";
import { heading, hydrated, live } from "../support/screen";
import { expect, test } from "../support/test";

/** What a browser says that has no network, or no server at the other end of it. */
const OFFLINE = /net::ERR_INTERNET_DISCONNECTED/;
const AWAY = /net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;
/** The page that stands in is an answer of the browser's own worker. */
const STANDS_IN = /refused: GET \S+ 503/;

/** Waits until this browser can answer for a page that can't be reached. */
async function prepared(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
}

async function saysSo(page: Page): Promise<void> {
  await expect(page).toHaveTitle("Can't reach Tributary · Tributary");
  await expect(heading(page)).toHaveText("Can't reach Tributary");
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
}

test("a page that is asked for without a network says so, and comes by itself once there is one", async ({
  faults,
  person,
}) => {
  faults.expect(OFFLINE, STANDS_IN);
  const ada = await person("Ada");
  await ada.visits("/home");
  await prepared(ada.page);
  await ada.context.setOffline(true);
  await ada.page.reload();
  await saysSo(ada.page);
  await ada.context.setOffline(false);
  await live(ada.page);
  await expect(ada.page).toHaveURL(`${ada.url}/home`);
});

test("a page that is asked for while the server is away comes once it answers", async ({
  faults,
  person,
  url,
}) => {
  faults.expect(AWAY, STANDS_IN);
  const cable = await Cable.to(url);
  const ada = await person("Ada", cable.url);
  await ada.visits("/home");
  await prepared(ada.page);
  await cable.pull();
  await ada.page.reload();
  await saysSo(ada.page);
  const address = `${ada.url}/account?from=elsewhere#sessions`;
  await ada.page.goto(address);
  await saysSo(ada.page);
  await ada.page.getByRole("button", { name: "Try again" }).click();
  await expect(ada.page.getByRole("status")).toContainText("Still no connection");
  await cable.plug();
  await expect(heading(ada.page)).toHaveText("Account");
  await expect(ada.page).toHaveURL(address);
  await live(ada.page);
  await ada.context.close();
  await cable.pull();
});

test("the page without a network has the theme that was chosen, also in another tab", async ({
  faults,
  person,
}) => {
  faults.expect(OFFLINE, STANDS_IN);
  const ada = await person("Ada");
  const ground = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visits("/account");
  const light = await ground(ada.page);
  await ada.page.getByRole("radio", { name: "Dark" }).check();
  const dark = await ground(ada.page);
  await prepared(ada.page);
  const other = await ada.opensTab("/home");
  await other.emulateMedia({ colorScheme: "light" });
  await ada.context.setOffline(true);
  await other.reload();
  await saysSo(other);
  expect(await ground(other)).toBe(dark);
  await ada.page.getByRole("radio", { name: "System" }).check();
  await expect.poll(() => ground(other)).toBe(light);
  await other.emulateMedia({ colorScheme: "dark" });
  expect(await ground(other)).toBe(dark);
});

test("nothing that somebody could see is kept for when there is no network", async ({
  faults,
  person,
  url,
}) => {
  faults.expect(AWAY, STANDS_IN);
  const cable = await Cable.to(url);
  const ada = await person("Ada", cable.url);
  await ada.visits("/home");
  await prepared(ada.page);
  // By way of the worker.
  for (const path of ["/home", "/account"]) await ada.visits(path);
  expect(await ada.page.evaluate(() => caches.keys())).toEqual([]);
  await ada.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(ada.page).toHaveURL(`${ada.url}/sign-in`);
  await hydrated(ada.page);
  await cable.pull();
  const answer = await ada.page.goto(`${ada.url}/home`);
  await saysSo(ada.page);
  expect(await answer?.text()).not.toMatch(/\bAda\b/);
  expect(answer?.headers()).toMatchObject({ "cache-control": "no-store" });
  await ada.context.close();
});

test("a browser prepares for that once, and looks for a new version by itself", async ({
  person,
}) => {
  const ada = await person("Ada");
  let registered = 0;
  await ada.context.exposeFunction("registers", () => {
    registered += 1;
  });
  await ada.context.addInitScript(() => {
    const workers = navigator.serviceWorker;
    // A blank page has none.
    if (!workers) return;
    const register = workers.register.bind(workers);
    workers.register = (...given) => {
      Reflect.get(window, "registers")();
      return register(...given);
    };
  });
  await ada.page.clock.install();
  const visits = async () => {
    await ada.visits("/home");
    await ada.page.clock.runFor(30_000);
  };
  await visits();
  await prepared(ada.page);
  expect(registered).toBe(1);
  for (let visit = 0; visit < 3; visit++) await visits();
  await ada.opensTab("/account");
  expect(registered).toBe(1);
});

test("nothing but pages goes by way of the worker", async ({ person }) => {
  const ada = await person("Ada");
  await ada.visits("/home");
  await prepared(ada.page);
  await ada.visits("/account");
  const by = await ada.page.evaluate(() => {
    const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    // TypeScript doesn't know that name yet.
    const way = (it: PerformanceEntry) => Reflect.get(it, "workerFinalSourceType");
    const others = performance.getEntriesByType("resource").map(way);
    return { page: (page?.workerStart ?? 0) > 0, others: [...new Set(others)] };
  });
  expect(by).toEqual({ page: true, others: ["network"] });
});

test("a restart while browsers prepare for it, or just have, is no error of theirs", async ({
  faults,
  ownServer,
  person,
}) => {
  // The streams' own; a script that couldn't be fetched would be an error of another name.
  faults.expect(AWAY, STANDS_IN);
  const [ada, ben] = [await person("Ada", ownServer.url), await person("Ben", ownServer.url)];
  await ada.visits("/home");
  await prepared(ada.page);
  // The browser looks for a new version a moment after each page.
  await ada.visits("/account");
  await ben.page.clock.install();
  await ben.visits("/home");
  const restarted = ownServer.restart();
  const asked = ben.page.waitForEvent("requestfailed", (it) =>
    it.url().endsWith("/service-worker.js"),
  );
  await ben.page.clock.runFor(5_000);
  await Promise.race([asked, prepared(ben.page)]);
  await restarted;
  for (const { page } of [ada, ben]) await live(page);
});

test("a connection that breaks once is no outage", async ({ faults, person, url }) => {
  faults.expect(AWAY);
  let broken = 0;
  let breaks = false;
  const { port, hostname } = new URL(url);
  const between = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    far.pipe(near);
    near.on("data", (text) => {
      if (breaks && /^GET \/account /.test(text.toString())) {
        breaks = false;
        broken += 1;
        near.destroy();
      } else far.write(text);
    });
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const address = between.address();
  if (!address || typeof address === "string") throw new Error("It listens nowhere.");
  const ada = await person("Ada", `http://127.0.0.1:${address.port}`);
  await ada.visits("/home");
  await prepared(ada.page);
  await ada.visits("/home");
  breaks = true;
  const answer = await ada.page.goto(`${ada.url}/account`);
  expect(answer?.status()).toBe(200);
  expect(broken).toBe(1);
  await live(ada.page);
  await ada.context.close();
  between.close();
});
