import type { Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { menuEntry, noteArticle, waitUntilLive, waitUntilNotesLive } from "../support/locators";
import { openNotes } from "../support/notes";
import { createOrganization } from "../support/organizations";
import type { Server } from "../support/server";

/** The number of streams that the server has open. */
async function countStreams(server: Server): Promise<number> {
  const answer = await fetch(`${server.url}/readyz`);
  return (await answer.json()).streams;
}

// On a server of its own, where no other test opens streams.
test("tabs of one browser share a stream, and another tab takes over when its holder closes", async ({
  ownServer,
  signUp,
}) => {
  const ada = await signUp("Ada", ownServer.url);
  const ben = await signUp("Ben", ownServer.url);
  const wind = await createOrganization("North Wind", ada, ben);
  await ben.visit("/home");
  const first = ben.page;
  const second = await ben.openTab(`/o/${wind.slug}/members`);
  const renamed = async (name: string, ...tabs: Page[]) => {
    await ada.api.updateOrganization(wind, { name });
    for (const page of tabs) await soon(menuEntry(page, name)).toBeVisible();
  };

  await renamed("East Wind", first, second);
  expect(ben.streams).toEqual([first]);
  // The user stream, and the organization stream of the second tab.
  await expect.poll(() => countStreams(ownServer)).toBe(2);

  // Changes made while no tab holds the stream arrive after the takeover.
  await first.close();
  await renamed("South Wind", second);
  await expect.poll(() => countStreams(ownServer)).toBe(2);

  const third = await ben.openTab("/home");
  await renamed("West Wind", second, third);
  expect(ben.streams).toEqual([second]);

  // The holder navigates away, then the last tab closes.
  await second.goto("about:blank");
  await renamed("North Wind", third);
  await expect.poll(() => countStreams(ownServer)).toBe(1);
  await third.close();
  await expect.poll(() => countStreams(ownServer)).toBe(0);
});

test("seven tabs on seven pages are live on one stream", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  const part = (name: string) => `/o/${wind.slug}/${name}`;
  const paths = ["/home", "/account", ...["members", "notes", "activity", "settings"].map(part)];
  await ben.visit(part("members"));
  const tabs = [ben.page];
  for (const path of paths) tabs.push(await ben.openTab(path));
  const renamed = async (name: string) => {
    await ada.api.updateOrganization(wind, { name });
    for (const page of tabs) await soon(menuEntry(page, name)).toBeVisible();
  };

  await renamed("East Wind");
  expect(ben.streams).toEqual([ben.page]);
  await tabs.shift()?.close();
  await renamed("South Wind");
  for (const page of tabs) await waitUntilLive(page);
  expect(ben.streams).toHaveLength(1);
});

test("seven tabs on the same notes are live on one stream", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  await openNotes(ben, wind);
  const tabs = [ben.page];
  while (tabs.length < 7) {
    const page = await ben.openTab(`/o/${wind.slug}/notes`);
    await waitUntilNotesLive(page);
    tabs.push(page);
  }
  const plan = await ada.api.createNote(wind, "Plan");
  for (const page of tabs) await soon(noteArticle(page, "Plan")).toBeVisible();
  expect(ben.organizationStreams).toEqual([ben.page]);

  // Another tab takes over when the holder closes.
  await ben.page.close();
  await ada.api.updateNote(plan, { title: "The plan" });
  for (const page of tabs.slice(1)) await soon(noteArticle(page, "The plan")).toBeVisible();
});

test("seven tabs on seven organizations' notes leave connections for requests", async ({
  signUp,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const tabs: Page[] = [];
  for (let number = 1; number <= 7; number++) {
    const wind = await createOrganization(`Wind ${number}`, ada, ben);
    await ada.api.createNote(wind, `Plan ${number}`);
    tabs.push(await ben.openTab(`/o/${wind.slug}/notes`));
    await expect(noteArticle(tabs[number - 1] as Page, `Plan ${number}`)).toBeVisible();
  }
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
  for (const page of tabs) {
    await page.getByRole("button", { name: "New note" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Mine");
    await page.getByRole("button", { name: "Add note" }).click();
    await expect(noteArticle(page, "Mine")).toBeVisible();
  }
  // The next tab in line takes the permit that is freed.
  await ben.organizationStreams[0]?.close();
  await expect.poll(() => ben.organizationStreams.length).toBe(3);
});
