//! The parts of the screen, as a person finds them: by role and name.
import { expect, type Locator, type Page } from "@playwright/test";

/** Waits until the page takes clicks. */
export async function hydrated(page: Page): Promise<void> {
  await page.locator("body[data-hydrated]").waitFor();
}

/** Waits until a page of the signed-in takes clicks and is live. */
export async function live(page: Page): Promise<void> {
  await hydrated(page);
  await expect(connection(page)).toHaveText("Live");
}

/** Where the page is, as the address bar says it, from the path on. */
export function address(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

/** The badge that tells whether the page is live. */
export function connection(page: Page): Locator {
  return page.getByRole("status", { name: "Connection" });
}

/** Since when it is as the badge tells. */
export function connectedSince(page: Page): Locator {
  return page.getByRole("banner").getByText(/^since \d\d:\d\d$/);
}

/** The menu of the person's organizations. */
export function menu(page: Page): Locator {
  return page.getByRole("navigation", { name: "Organizations" });
}

/** What the menu has for an organization. */
export function menuEntry(page: Page, organization: string): Locator {
  return menu(page).getByRole("link", { name: organization, exact: true });
}

/** The messages that come and go. */
export function messages(page: Page): Locator {
  return page.getByRole("status", { name: "Notifications" });
}

/** The title on the page. */
export function heading(page: Page): Locator {
  return page.getByRole("heading", { level: 1 });
}

/** A tab of an organization's page. */
export function tab(page: Page, organization: string, name: string): Locator {
  const tabs = page.getByRole("navigation", { name: organization, exact: true });
  return tabs.getByRole("link", { name });
}

/** Who else has the organization open. */
export function hereNow(page: Page): Locator {
  return page.getByRole("list", { name: "Here now" });
}

/** A member's row in an organization's table. */
export function member(page: Page, organization: string, name: string): Locator {
  const row = members(page, organization).getByRole("row");
  return row.filter({ has: page.getByRole("rowheader", { name }) });
}

/** The table of an organization's members. */
export function members(page: Page, organization: string): Locator {
  return page.getByRole("table", { name: `Members of ${organization}` });
}

/** The frame in which that table scrolls. */
export function membersFrame(page: Page, organization: string): Locator {
  return page.getByRole("region", { name: `Members of ${organization}` });
}

/** Who is in the table, by name, in order. */
export function memberNames(page: Page, organization: string): Locator {
  return members(page, organization).getByRole("rowheader");
}

/** The titles of an organization's notes, from the top. */
export function noteTitles(page: Page): Locator {
  return page.getByRole("list", { name: "Notes" }).getByRole("heading", { level: 3 });
}

/** A note, by its title. */
export function note(page: Page, title: string): Locator {
  return page.getByRole("article", { name: title, exact: true });
}

/** The form in which a note is edited, by the title that it has there. */
export function noteForm(page: Page, title: string): Locator {
  return page.getByRole("article", { name: `Edit ${title}`, exact: true });
}

/** Waits until an organization's notes are live. */
export async function notesLive(page: Page): Promise<void> {
  await expect(page.getByRole("status", { name: "Notes status" })).toBeHidden();
}

/** The invitations at home that wait for the person's answer. */
export function invitations(page: Page): Locator {
  return page.getByRole("region", { name: "Invitations", exact: true });
}

/** An organization's invitations that wait for an answer. */
export function pending(page: Page): Locator {
  return page.getByRole("region", { name: "Pending invitations" });
}

/** All data on the page and where it is, as an assistive technology reads it; not what was announced. */
export async function content(page: Page): Promise<string> {
  const parts = [menu(page), page.getByRole("main")];
  const texts = await Promise.all(parts.map((part) => part.ariaSnapshot()));
  const shown = texts.map((text) => text.replace(/^(\s*- status(?: "[^"]*")?):.*$/gm, "$1"));
  return [address(page), ...shown].join("\n");
}
