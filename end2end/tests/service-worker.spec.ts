import { connect, createServer } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures";
import { pageHeading, waitUntilHydrated, waitUntilLive } from "../support/locators";
import { NetworkProxy } from "../support/network-proxy";

/** The errors of requests without a network, and without a server. */
const OFFLINE = /net::ERR_INTERNET_DISCONNECTED/;
const SERVER_DOWN =
  /net::ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;
/** The service worker answers with the offline page and status 503. */
const OFFLINE_PAGE = /refused: GET \S+ 503/;

/** Waits until the service worker is active. */
async function waitForServiceWorker(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
}

async function expectOfflinePage(page: Page): Promise<void> {
  await expect(page).toHaveTitle("Can't reach Tributary · Tributary");
  await expect(pageHeading(page)).toHaveText("Can't reach Tributary");
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
}

test("offline page is shown without a network, and the page loads once there is one", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(OFFLINE, OFFLINE_PAGE);
  const ada = await signUp("Ada");
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  await ada.context.setOffline(true);
  await ada.page.reload();
  await expectOfflinePage(ada.page);
  await ada.context.setOffline(false);
  await waitUntilLive(ada.page);
  await expect(ada.page).toHaveURL(`${ada.url}/home`);
});

test("offline page is shown while the server is down, and the page loads once it is back", async ({
  browserErrors,
  signUp,
  url,
}) => {
  browserErrors.allow(SERVER_DOWN, OFFLINE_PAGE);
  const proxy = await NetworkProxy.start(url);
  const ada = await signUp("Ada", proxy.url);
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  await proxy.disconnect();
  await ada.page.reload();
  await expectOfflinePage(ada.page);
  const address = `${ada.url}/account?from=elsewhere#sessions`;
  await ada.page.goto(address);
  await expectOfflinePage(ada.page);
  await ada.page.getByRole("button", { name: "Try again" }).click();
  await expect(ada.page.getByRole("status")).toContainText("Still no connection");
  await proxy.connect();
  await expect(pageHeading(ada.page)).toHaveText("Account");
  await expect(ada.page).toHaveURL(address);
  await waitUntilLive(ada.page);
  await ada.context.close();
  await proxy.disconnect();
});

test("offline page follows the theme, also when another tab changes it", async ({
  browserErrors,
  signUp,
}) => {
  browserErrors.allow(OFFLINE, OFFLINE_PAGE);
  const ada = await signUp("Ada");
  const background = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await ada.page.emulateMedia({ colorScheme: "light" });
  await ada.visit("/account");
  const light = await background(ada.page);
  await ada.page.getByRole("radio", { name: "Dark" }).check();
  const dark = await background(ada.page);
  await waitForServiceWorker(ada.page);
  const other = await ada.openTab("/home");
  await other.emulateMedia({ colorScheme: "light" });
  await ada.context.setOffline(true);
  await other.reload();
  await expectOfflinePage(other);
  expect(await background(other)).toBe(dark);
  await ada.page.getByRole("radio", { name: "System" }).check();
  await expect.poll(() => background(other)).toBe(light);
  await other.emulateMedia({ colorScheme: "dark" });
  expect(await background(other)).toBe(dark);
});

test("service worker caches no user data", async ({ browserErrors, signUp, url }) => {
  browserErrors.allow(SERVER_DOWN, OFFLINE_PAGE);
  const proxy = await NetworkProxy.start(url);
  const ada = await signUp("Ada", proxy.url);
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  // Through the service worker.
  for (const path of ["/home", "/account"]) await ada.visit(path);
  expect(await ada.page.evaluate(() => caches.keys())).toEqual([]);
  await ada.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await expect(ada.page).toHaveURL(`${ada.url}/sign-in`);
  await waitUntilHydrated(ada.page);
  await proxy.disconnect();
  const answer = await ada.page.goto(`${ada.url}/home`);
  await expectOfflinePage(ada.page);
  expect(await answer?.text()).not.toMatch(/\bAda\b/);
  expect(answer?.headers()).toMatchObject({ "cache-control": "no-store" });
  await ada.context.close();
});

test("service worker is registered only once", async ({ signUp }) => {
  const ada = await signUp("Ada");
  let registered = 0;
  await ada.context.exposeFunction("registers", () => {
    registered += 1;
  });
  await ada.context.addInitScript(() => {
    const workers = navigator.serviceWorker;
    // `about:blank` has no service workers.
    if (!workers) return;
    const register = workers.register.bind(workers);
    workers.register = (...given) => {
      Reflect.get(window, "registers")();
      return register(...given);
    };
  });
  await ada.page.clock.install();
  const visitHome = async () => {
    await ada.visit("/home");
    await ada.page.clock.runFor(30_000);
  };
  await visitHome();
  await waitForServiceWorker(ada.page);
  expect(registered).toBe(1);
  for (let visit = 0; visit < 3; visit++) await visitHome();
  await ada.openTab("/account");
  expect(registered).toBe(1);
});

test("service worker handles page loads only", async ({ signUp }) => {
  const ada = await signUp("Ada");
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  await ada.visit("/account");
  const served = await ada.page.evaluate(() => {
    const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    // Not in TypeScript's DOM library yet.
    const source = (it: PerformanceEntry) => Reflect.get(it, "workerFinalSourceType");
    const others = performance.getEntriesByType("resource").map(source);
    return { page: (page?.workerStart ?? 0) > 0, others: [...new Set(others)] };
  });
  expect(served).toEqual({ page: true, others: ["network"] });
});

test("server restart during service worker registration causes no browser error", async ({
  browserErrors,
  ownServer,
  signUp,
}) => {
  // Allows the errors of the streams. A script that failed to load would be another error.
  browserErrors.allow(SERVER_DOWN, OFFLINE_PAGE);
  const [ada, ben] = [await signUp("Ada", ownServer.url), await signUp("Ben", ownServer.url)];
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  // The browser checks for a new worker shortly after each page load.
  await ada.visit("/account");
  await ben.page.clock.install();
  await ben.visit("/home");
  const restarted = ownServer.restart();
  const asked = ben.page.waitForEvent("requestfailed", (it) =>
    it.url().endsWith("/service-worker.js"),
  );
  await ben.page.clock.runFor(5_000);
  await Promise.race([asked, waitForServiceWorker(ben.page)]);
  await restarted;
  for (const { page } of [ada, ben]) await waitUntilLive(page);
});

test("single broken connection is retried without an offline page", async ({
  browserErrors,
  signUp,
  url,
}) => {
  browserErrors.allow(SERVER_DOWN);
  let broken = 0;
  let breakNext = false;
  const { port, hostname } = new URL(url);
  const proxy = createServer((downstream) => {
    const upstream = connect(Number(port), hostname);
    downstream.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    upstream.on("error", () => downstream.destroy()).on("close", () => downstream.destroy());
    upstream.pipe(downstream);
    downstream.on("data", (text) => {
      if (breakNext && /^GET \/account /.test(text.toString())) {
        breakNext = false;
        broken += 1;
        downstream.destroy();
      } else upstream.write(text);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  if (!address || typeof address === "string") throw new Error("The proxy has no port.");
  const ada = await signUp("Ada", `http://127.0.0.1:${address.port}`);
  await ada.visit("/home");
  await waitForServiceWorker(ada.page);
  await ada.visit("/home");
  breakNext = true;
  const answer = await ada.page.goto(`${ada.url}/account`);
  expect(answer?.status()).toBe(200);
  expect(broken).toBe(1);
  await waitUntilLive(ada.page);
  await ada.context.close();
  proxy.close();
});
