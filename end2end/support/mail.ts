import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "./wait-for";

/** A page that a message links to. */
export type LinkedPage = "sign-up" | "reset-password" | "confirm-email";

/** The folder that all servers of a run write their messages to. Addresses are unique in a run. */
export function mailFolder(): string {
  const folder = process.env.TRIBUTARY_MAIL;
  if (!folder) throw new Error("TRIBUTARY_MAIL is not set: support/global-setup.ts sets it.");
  return folder;
}

/** Waits for a message to the address with a link to the page. Returns the path of the newest link. */
export function waitForLink(email: string, page: LinkedPage): Promise<string> {
  const pattern = new RegExp(`/${page}/[0-9a-f]{64}`);
  return waitFor(`a message to ${email} links to /${page}`, async () => {
    const texts = await messages(email);
    return texts.map((text) => text.match(pattern)?.[0]).findLast((link) => link !== undefined);
  });
}

/** The messages to the address, oldest first: the names of their files sort by time. */
export async function messages(email: string): Promise<string[]> {
  // A message that is being written has a name with a dot before it.
  const names = (await readdir(mailFolder())).filter((name) => /^[0-9a-f-]+\.txt$/.test(name));
  const texts = await Promise.all(names.sort().map(read));
  return texts.filter((text) => text.startsWith(`To: ${email.toLowerCase()}\n`));
}

/** Files never change, so each is read once. */
const known = new Map<string, Promise<string>>();

function read(name: string): Promise<string> {
  const text = known.get(name) ?? readFile(join(mailFolder(), name), "utf8");
  known.set(name, text);
  return text;
}
