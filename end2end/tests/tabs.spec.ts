import type { Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { live, menuEntry } from "../support/screen";
import type { Server } from "../support/server";
import { expect, soon, test } from "../support/test";

/** How many streams the server has open. */
async function streams(server: Server): Promise<number> {
  const answer = await fetch(`${server.url}/readyz`);
  return (await answer.json()).streams;
}

// On a server of its own, which has no streams but those of the test.
test("the tabs of one person share a stream, and outlive the tab that holds it", async ({
  ownServer,
  person,
}) => {
  const ada = await person("Ada", ownServer.url);
  const ben = await person("Ben", ownServer.url);
  const wind = await organization("North Wind", ada, ben);
  await ben.visits("/home");
  const first = ben.page;
  const second = await ben.opensTab(`/o/${wind.slug}/members`);
  const renamed = async (name: string, ...tabs: Page[]) => {
    await ada.api.updateOrganization(wind, { name });
    for (const page of tabs) await soon(menuEntry(page, name)).toBeVisible();
  };

  await renamed("East Wind", first, second);
  expect(ben.streams).toEqual([first]);
  // And the one of the organization that the second tab shows.
  await expect.poll(() => streams(ownServer)).toBe(2);

  // What happens while no tab holds the stream arrives with the next one that does.
  await first.close();
  await renamed("South Wind", second);
  await expect.poll(() => streams(ownServer)).toBe(2);

  const third = await ben.opensTab("/home");
  await renamed("West Wind", second, third);
  expect(ben.streams).toEqual([second]);

  // The tab that holds it goes elsewhere; then the last one closes.
  await second.goto("about:blank");
  await renamed("North Wind", third);
  await expect.poll(() => streams(ownServer)).toBe(1);
  await third.close();
  await expect.poll(() => streams(ownServer)).toBe(0);
});

test("seven tabs on seven pages all load, are live, and share one stream", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.api.setRole(wind, "Ben", "admin");
  const part = (name: string) => `/o/${wind.slug}/${name}`;
  const paths = ["/home", "/account", ...["members", "notes", "activity", "settings"].map(part)];
  await ben.visits(part("members"));
  const tabs = [ben.page];
  for (const path of paths) tabs.push(await ben.opensTab(path));
  const renamed = async (name: string) => {
    await ada.api.updateOrganization(wind, { name });
    for (const page of tabs) await soon(menuEntry(page, name)).toBeVisible();
  };

  await renamed("East Wind");
  expect(ben.streams).toEqual([ben.page]);
  await tabs.shift()?.close();
  await renamed("South Wind");
  for (const page of tabs) await live(page);
  expect(ben.streams).toHaveLength(1);
});
