import { setTimeout as pause } from "node:timers/promises";

/**
 * Asks again and again, until the answer is something. Fails after a minute, with the last
 * reason why there was no answer.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const end = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}.`);
    await pause(25);
  }
}
