import { setTimeout as pause } from "node:timers/promises";

/**
 * Polls until `probe` returns a value other than `undefined` and `false`, and returns it. Throws
 * after a minute.
 */
export async function waitFor<T>(
  description: string,
  probe: () => Promise<T>,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${description}.`);
    await pause(25);
  }
}
