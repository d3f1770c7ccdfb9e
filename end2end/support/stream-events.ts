//! The raw messages that a page receives on its streams.
import type { Page } from "@playwright/test";

export interface StreamEvent {
  event: string;
  text: string;
}

/** Records the messages of all streams of the page. Returns a list that grows. */
export async function recordStreamEvents(page: Page): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const session = await page.context().newCDPSession(page);
  session.on("Network.eventSourceMessageReceived", ({ eventName, data }) => {
    events.push({ event: eventName, text: data });
  });
  await session.send("Network.enable");
  return events;
}

export function countEvents(events: StreamEvent[], name: string): number {
  return events.filter(({ event }) => event === name).length;
}
