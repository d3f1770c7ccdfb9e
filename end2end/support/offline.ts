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
  await person.context.setOffline(true);
  await expect(connectionBadge(person.page)).toHaveText("Offline");
  await expect.poll(() => person.streams).toEqual([]);
  await action();
  await person.context.setOffline(false);
  await expect(connectionBadge(person.page)).toHaveText("Live", { timeout });
}

/** Expects the open page to show the same data as the same URL in a new tab. */
export async function expectSameAsFreshLoad(person: Person): Promise<void> {
  const fresh = await person.openTab(pathAndQuery(person.page));
  await soon.poll(() => pageContent(person.page)).toBe(await pageContent(fresh));
}
