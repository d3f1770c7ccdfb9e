//! What a browser hears on its streams, beside what it makes of it.
import type { Page } from "@playwright/test";

export interface Told {
  event: string;
  text: string;
}

/** Everything that the page's streams say from now on. */
export async function listensIn(page: Page): Promise<Told[]> {
  const told: Told[] = [];
  const session = await page.context().newCDPSession(page);
  session.on("Network.eventSourceMessageReceived", ({ eventName, data }) => {
    told.push({ event: eventName, text: data });
  });
  await session.send("Network.enable");
  return told;
}

/** How many events of that name. */
export function count(told: Told[], name: string): number {
  return told.filter(({ event }) => event === name).length;
}
