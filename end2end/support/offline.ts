//! Changes that a browser misses while it is offline.
import { expect, soon } from "./fixtures";
import { connectionBadge, pageContent, pathAndQuery } from "./locators";
import type { Person } from "./person";

/** Takes the browser offline during an action, then waits up to `timeout` ms until it is live. */
export async function whileOffline(
  person: Person,
  action: () => Promise<void>,
  timeout = 30_000,
): Promise<void> {
  await goOffline(person);
  await action();
  await person.context.setOffline(false);
  await expect(connectionBadge(person.page)).toHaveText("Live", { timeout });
}

/**
 * Takes the browser offline, and waits until it has no stream. Chromium tells the page before it cuts the network,
 * so the page may connect again in between, and that stream stays; then the network is cut again.
 */
async function goOffline(person: Person): Promise<void> {
  await expect(async () => {
    await person.context.setOffline(false);
    await person.context.setOffline(true);
    await expect(connectionBadge(person.page)).toHaveText("Offline", { timeout: 5_000 });
    await expect.poll(() => person.streams, { timeout: 5_000 }).toEqual([]);
  }).toPass({ timeout: 30_000 });
}

/** Expects the open page to show the same data as the same URL in a new tab. */
export async function expectSameAsFreshLoad(person: Person): Promise<void> {
  const fresh = await person.openTab(pathAndQuery(person.page));
  await soon.poll(() => pageContent(person.page)).toBe(await pageContent(fresh));
}
