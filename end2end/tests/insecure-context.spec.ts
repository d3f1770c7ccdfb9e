//! Plain HTTP on an address of the local network. There browsers offer neither Web Locks nor the
//! clipboard.
import { chromiumArguments } from "../playwright.config";
import { invite } from "../support/actions";
import { expect, soon, test } from "../support/fixtures";
import { menuEntry, noteArticle, waitUntilLive, waitUntilNotesLive } from "../support/locators";
import { createOrganization } from "../support/organizations";
import type { Person } from "../support/person";

/** A name that the browser resolves to this machine but doesn't know to be this machine. */
const HOST = "tributary.test";

test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [...chromiumArguments, `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  },
});

/** Lets the person use the host's name, with their session. Returns the URL of the server there. */
async function useHost(person: Person): Promise<string> {
  const cookies = await person.context.cookies();
  await person.context.addCookies(cookies.map((cookie) => ({ ...cookie, domain: HOST })));
  return person.url.replace("127.0.0.1", HOST);
}

test("any number of tabs are live on one stream, and another takes over", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const url = await useHost(ben);
  const tabs = [ben.page];
  while (tabs.length < 7) tabs.push(await ben.context.newPage());
  await Promise.all(tabs.map((page) => page.goto(`${url}/o/${wind.slug}/notes`)));
  expect(await ben.page.evaluate(() => window.isSecureContext)).toBe(false);
  for (const page of tabs) {
    await waitUntilLive(page);
    await waitUntilNotesLive(page);
  }
  await expect.poll(() => ben.streams.length).toBe(1);
  await expect.poll(() => ben.organizationStreams.length).toBe(1);
  await ada.api.createNote(wind, "Plan");
  for (const page of tabs) await soon(noteArticle(page, "Plan")).toBeVisible();

  await ben.streams[0]?.close();
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  const rest = tabs.filter((page) => !page.isClosed());
  expect(rest).toHaveLength(6);
  for (const page of rest) await expect(menuEntry(page, "South Wind")).toBeVisible();
  for (const page of rest) await waitUntilLive(page);
  await expect.poll(() => ben.streams.length).toBe(1);
});

test("tabs on seven organizations' notes leave connections for requests", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const url = await useHost(ben);
  for (let number = 1; number <= 7; number++) {
    const wind = await createOrganization(`Wind ${number}`, ada, ben);
    await ada.api.createNote(wind, `Plan ${number}`);
    const page = await ben.context.newPage();
    await page.goto(`${url}/o/${wind.slug}/notes`);
    await expect(noteArticle(page, `Plan ${number}`)).toBeVisible();
    await waitUntilLive(page);
  }
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
  // The next tab in line takes the permit that is freed.
  await ben.organizationStreams[0]?.close();
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
});

test("another tab takes over from a crashed one", async ({ browserErrors, signUp }) => {
  browserErrors.allow(/ERR_/);
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const url = await useHost(ben);
  const [leader, follower] = [ben.page, await ben.context.newPage()];
  for (const page of [leader, follower]) {
    await page.goto(`${url}/home`);
    await waitUntilLive(page);
  }
  expect(ben.streams).toEqual([leader]);
  const crashed = leader.waitForEvent("crash");
  const session = await ben.context.newCDPSession(leader);
  session.send("Page.crash").catch(() => {});
  await crashed;
  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await expect(menuEntry(follower, "South Wind")).toBeVisible({ timeout: 15_000 });
});

test("invitation link is copied", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const url = await useHost(ada);
  await ada.page.goto(`${url}/o/${wind.slug}/members`);
  await waitUntilLive(ada.page);
  const dialog = await invite(ada.page, wind, "dora@example.com");
  await dialog.getByRole("button", { name: "Copy link for dora@example.com" }).click();
  await expect(dialog.getByText("Copied")).toBeVisible();
  const link = dialog.getByRole("textbox", { name: "Invitation link for dora@example.com" });
  const address = await link.inputValue();
  expect(address).toContain(`${url}/invitations/`);
  await ada.context.grantPermissions(["clipboard-read"]);
  const secure = await ada.openTab("/home");
  expect(await secure.evaluate(() => navigator.clipboard.readText())).toBe(address);
});

test("page says when the browser refuses to copy", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const url = await useHost(ada);
  await ada.page.addInitScript(() => {
    document.execCommand = () => false;
  });
  await ada.page.goto(`${url}/o/${wind.slug}/members`);
  await waitUntilLive(ada.page);
  const dialog = await invite(ada.page, wind, "dora@example.com");
  await dialog.getByRole("button", { name: "Copy link for dora@example.com" }).click();
  await expect(dialog.getByText("The link is selected: copy it with your keyboard.")).toBeVisible();
  const selected = await ada.page.evaluate(() => {
    const field = document.activeElement as HTMLInputElement;
    return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
  });
  expect(selected).toContain(`${url}/invitations/`);
});
