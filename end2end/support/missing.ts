//! Missing what happens, and knowing it afterwards all the same.
import type { Person } from "./person";
import { address, connection, content } from "./screen";
import { expect, soon } from "./test";

/** Cuts the browser's network while something happens, and waits until it has caught up. */
export async function misses(
  person: Person,
  happening: () => Promise<void>,
  within = 30_000,
): Promise<void> {
  await person.context.setOffline(true);
  await expect(connection(person.page)).toHaveText("Offline");
  await expect.poll(() => person.streams).toEqual([]);
  await happening();
  await person.context.setOffline(false);
  // As long as it takes to hear of all that.
  await expect(connection(person.page)).toHaveText("Live", { timeout: within });
}

/** The screen says what the same page says that was loaded just now. */
export async function equalsFreshlyLoaded(person: Person): Promise<void> {
  const fresh = await person.opensTab(address(person.page));
  await soon.poll(() => content(person.page)).toBe(await content(fresh));
}
