import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import {
  connection,
  heading,
  hydrated,
  invitations,
  live,
  member,
  menu,
  menuEntry,
  messages,
  tab,
} from "../support/screen";
import { expect, soon, test } from "../support/test";

const AWAY = "Tributary is temporarily unavailable";

/** The page says that it is out of order, and by which number that is found in the log. */
async function isUnavailablePage(page: Page): Promise<void> {
  await expect(heading(page)).toHaveText(AWAY);
  await expect(page.getByRole("main")).toContainText(/Request ID [0-9a-f]{8}-[0-9a-f-]{27}/);
}

test("without its database a page says so, and comes by itself once that is back", async ({
  faults,
  ownServer,
  person,
}) => {
  faults.expect(/refused: GET .* 503/);
  const ada = await person("Ada", ownServer.url);
  const wind = await organization("North Wind", ada);
  const path = `/o/${wind.slug}/members`;
  await ownServer.withoutDatabase(async () => {
    const answer = await ada.page.goto(ada.url + path);
    expect(answer?.status()).toBe(503);
    expect(answer?.headers()).toHaveProperty("retry-after");
    await isUnavailablePage(ada.page);
    await hydrated(ada.page);
    await isUnavailablePage(ada.page);
    await expect(ada.page.getByRole("link", { name: "Try again" })).toHaveAttribute("href", path);
  });
  await expect(heading(ada.page)).toHaveText("North Wind", { timeout: 15_000 });
  await expect(member(ada.page, "North Wind", "Ada")).toBeVisible();
  await live(ada.page);
  expect(ada.loads).toBe(1);
});

test("without its database an address of the API is a page that comes by itself", async ({
  faults,
  ownServer,
  person,
}) => {
  faults.expect(/refused: (GET|HEAD) .* 503/);
  const ada = await person("Ada", ownServer.url);
  await ownServer.withoutDatabase(async () => {
    await ada.page.goto(`${ada.url}/me`);
    await isUnavailablePage(ada.page);
  });
  await expect(ada.page.locator("body")).toContainText(ada.email, { timeout: 15_000 });
});

test("without its database an open page stays, and what it is asked for comes later", async ({
  faults,
  ownServer,
  person,
}) => {
  faults.expect(/refused: .* 503/, /failed: .*\/me\/stream/);
  const ada = await person("Ada", ownServer.url);
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
  await ownServer.withoutDatabase(async () => {
    await tab(ada.page, "North Wind", "Notes").click();
    await expect(heading(ada.page)).toHaveText("North Wind");
    const main = ada.page.getByRole("main");
    await expect(main).toContainText("This will load automatically.");
    await expect(main).toContainText(/Request ID [0-9a-f]{8}-/);
  });
  await expect(ada.page.getByRole("heading", { name: "No notes yet" })).toBeVisible({
    timeout: 15_000,
  });
  expect(ada.loads).toBe(1);
});

test("without its database and without scripts, a form is answered by a page", async ({
  browser,
  faults,
  ownServer,
}) => {
  faults.expect(/tributary\.(js|wasm)/, /refused: POST \/auth\/sign-in 503/);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: ownServer.url });
  faults.watch(context);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await ownServer.withoutDatabase(async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await isUnavailablePage(page);
    await expect(page.getByRole("link", { name: "Go to home" })).toBeVisible();
  });
  await context.close();
});

test("an organization that is none, or isn't mine, is told in the same words", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/(o|organizations)\/.* 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  const texts: string[] = [];
  for (const slug of ["there-is-none", wind.slug]) {
    const answer = await ben.page.goto(`${ben.url}/o/${slug}/members`);
    expect(answer?.status()).toBe(404);
    await live(ben.page);
    await expect(ben.page).toHaveTitle("Organization not found · Tributary");
    await expect(heading(ben.page)).toHaveText("Organization not found");
    texts.push((await ben.page.getByRole("main").textContent()) ?? "");
  }
  expect(texts[0]).toContain("It may have been deleted, or someone may have removed you");
  expect(texts[1]).toBe(texts[0]);

  // Once it is mine, the page opens by itself.
  await ada.api.invite(wind, ben.email);
  await ben.api.accept(wind);
  await soon(heading(ben.page)).toHaveText("North Wind");
  await expect(member(ben.page, "North Wind", "Ben")).toBeVisible();
  await ada.api.remove(wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(messages(ben.page)).toContainText("You were removed from North Wind.");
});

test("an address below an organization that leads nowhere keeps the tabs", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/o\/.* 404/);
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  const answer = await ada.page.goto(`${ada.url}/o/${wind.slug}/plans`);
  expect(answer?.status()).toBe(404);
  await live(ada.page);
  await expect(ada.page.getByRole("heading", { name: "Page not found" })).toBeVisible();
  await tab(ada.page, "North Wind", "Notes").click();
  await expect(ada.page.getByRole("heading", { name: "No notes yet" })).toBeVisible();
});

test("a page for admins says to others whom to ask, and opens once they are one", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/o\/.* 403/);
  const [ada, ben, cleo] = [await person("Ada"), await person("Ben"), await person("Cleo")];
  const wind = await organization("North Wind", ada, ben, cleo);
  const answer = await ben.page.goto(`${ben.url}/o/${wind.slug}/settings`);
  expect(answer?.status()).toBe(403);
  await live(ben.page);
  const main = ben.page.getByRole("main");
  await expect(
    main.getByRole("heading", { name: "You don't have access to this page" }),
  ).toBeVisible();
  await expect(main).toContainText("Ask Ada to make you an admin.");
  await ada.api.setRole(wind, "Cleo", "admin");
  await soon(main).toContainText("Ask Ada or Cleo to make you an admin.");
  await expect(main.getByRole("link", { name: "Go to members" })).toHaveAttribute(
    "href",
    `/o/${wind.slug}/members`,
  );

  await ada.api.setRole(wind, "Ben", "admin");
  await soon(main.getByRole("region", { name: "General" })).toBeVisible();
  await expect(main).not.toContainText("You don't have access to this page");
  expect(ben.loads).toBe(1);
});

test("what was looked at before is there offline, and true again afterwards", async ({
  faults,
  person,
}) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/members`);
  await menu(ada.page).getByRole("link", { name: "Home" }).click();
  const lately = ada.page.getByRole("region", { name: "Recent activity" });
  await expect(lately).toContainText("Ben joined as a member");
  // Nobody shows the members now; that one is gone is known all the same.
  await ben.api.leave(wind);
  await soon(lately).toContainText("Ben left");

  await ada.context.setOffline(true);
  await expect(connection(ada.page)).toHaveText("Offline");
  await menuEntry(ada.page, "North Wind").click();
  await expect(heading(ada.page)).toHaveText("North Wind");
  await expect(member(ada.page, "North Wind", "Ada")).toBeVisible();
  await expect(member(ada.page, "North Wind", "Ben")).toBeHidden();
  await menu(ada.page).getByRole("link", { name: "Home" }).click();
  await expect(lately).toContainText("Ben left");
  await expect(invitations(ada.page)).toContainText("No invitations yet.");

  await ada.api.invite(wind, ben.email);
  await ada.context.setOffline(false);
  await soon(lately).toContainText(`Ada invited ${ben.email}`);
  expect(ada.loads).toBe(1);
});

test("what can't be read offline is read once there is a network again", async ({
  faults,
  person,
}) => {
  faults.expect(/net::ERR_INTERNET_DISCONNECTED/);
  const ada = await person("Ada");
  const [wind, rain] = [
    await organization("North Wind", ada),
    await organization("Soft Rain", ada),
  ];
  await ada.visits(`/o/${wind.slug}/members`);
  await ada.context.setOffline(true);
  await expect(connection(ada.page)).toHaveText("Offline");
  // What is there stays.
  await expect(member(ada.page, "North Wind", "Ada")).toBeVisible();

  await menuEntry(ada.page, "Soft Rain").click();
  await expect(ada.page).toHaveURL(`${ada.url}/o/${rain.slug}/members`);
  const main = ada.page.getByRole("main");
  const told = main.getByText("This will load when you're back online.").first();
  await expect(told).toBeVisible();
  await ada.context.setOffline(false);
  await expect(heading(ada.page)).toHaveText("Soft Rain");
  await expect(member(ada.page, "Soft Rain", "Ada")).toBeVisible();
  await expect(told).toBeHidden();
  expect(ada.loads).toBe(1);
});

test("why an organization is gone stays on the screen until somebody looks at it", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.page.clock.install();
  await ben.visits(`/o/${wind.slug}/members`);
  const hide = (hidden: boolean) =>
    ben.page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    }, hidden);
  await hide(true);
  await ada.api.remove(wind, "Ben");
  await soon(ben.page).toHaveURL(`${ben.url}/home`);
  const told = messages(ben.page).getByText("You were removed from North Wind.");
  await soon(told).toBeVisible();
  await ben.page.clock.fastForward("01:00");
  await expect(told).toBeVisible();
  await hide(false);
  await ben.page.clock.fastForward("00:13");
  await expect(told).toBeHidden();
});

test("pages whose readers leave while they load are no trouble", async ({ ownServer, person }) => {
  const ada = await person("Ada", ownServer.url);
  const wind = await organization("North Wind", ada);
  const [, cookie = ""] = (await ada.cookie()).split(/: (.*)/);
  const headers = { accept: "text/html", cookie };
  const paths = ["/home", "/account", `/o/${wind.slug}/members`, `/o/${wind.slug}/notes`];
  const outcomes = new Set<string>();
  const reads = async (path: string, leavesAfter: number) => {
    const signal = AbortSignal.timeout(leavesAfter);
    const outcome = fetch(ownServer.url + path, { headers, signal }).then(({ status }) => status);
    outcomes.add(`${await outcome.catch(() => "left")}`);
  };
  for (let round = 0; round < 60; round++) {
    await Promise.all(paths.map((path, place) => reads(path, 5 + 2 * round + 20 * place)));
  }
  for (const path of paths) await reads(path, 30_000);
  expect([...outcomes].sort()).toEqual(["200", "left"]);
  // That it didn't panic is seen when it is stopped.
});
