//! The parts of the screen, found by role and accessible name.
import { expect, type Locator, type Page } from "@playwright/test";

/** Waits until the page reacts to input. */
export async function waitUntilHydrated(page: Page): Promise<void> {
  await page.locator("body[data-hydrated]").waitFor();
}

/** Waits until a page of a signed-in user reacts to input and receives changes. */
export async function waitUntilLive(page: Page): Promise<void> {
  await waitUntilHydrated(page);
  await expect(connectionBadge(page)).toHaveText("Live");
}

/** The page's URL without its origin. */
export function pathAndQuery(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

export function connectionBadge(page: Page): Locator {
  return page.getByRole("status", { name: "Connection" });
}

/** The time beside the badge, such as "since 09:15". */
export function connectedSince(page: Page): Locator {
  return page.getByRole("banner").getByText(/^since \d\d:\d\d$/);
}

/** The menu of the user's organizations. */
export function menu(page: Page): Locator {
  return page.getByRole("navigation", { name: "Organizations" });
}

export function menuEntry(page: Page, organization: string): Locator {
  return menu(page).getByRole("link", { name: organization, exact: true });
}

export function notifications(page: Page): Locator {
  return page.getByRole("status", { name: "Notifications" });
}

export function pageHeading(page: Page): Locator {
  return page.getByRole("heading", { level: 1 });
}

export function organizationTab(page: Page, organization: string, name: string): Locator {
  const tabs = page.getByRole("navigation", { name: organization, exact: true });
  return tabs.getByRole("link", { name });
}

/** The other people who have the organization open. */
export function presenceList(page: Page): Locator {
  return page.getByRole("list", { name: "Here now" });
}

export function memberRow(page: Page, organization: string, name: string): Locator {
  const row = membersTable(page, organization).getByRole("row");
  return row.filter({ has: page.getByRole("rowheader", { name }) });
}

export function membersTable(page: Page, organization: string): Locator {
  return page.getByRole("table", { name: `Members of ${organization}` });
}

export function membersScrollArea(page: Page, organization: string): Locator {
  return page.getByRole("region", { name: `Members of ${organization}` });
}

/** The name cells of the members table, in order. */
export function memberNames(page: Page, organization: string): Locator {
  return membersTable(page, organization).getByRole("rowheader");
}

/** The titles of the notes, from the top. */
export function noteTitles(page: Page): Locator {
  return page.getByRole("list", { name: "Notes" }).getByRole("heading", { level: 3 });
}

export function noteArticle(page: Page, title: string): Locator {
  return page.getByRole("article", { name: title, exact: true });
}

/** The form that edits a note, by the title that is typed in it. */
export function noteForm(page: Page, title: string): Locator {
  return page.getByRole("article", { name: `Edit ${title}`, exact: true });
}

/** Waits until the organization's own stream delivers notes. */
export async function waitUntilNotesLive(page: Page): Promise<void> {
  await expect(page.getByRole("status", { name: "Notes status" })).toBeHidden();
}

/** The invitations to the user, on the home page. */
export function receivedInvitations(page: Page): Locator {
  return page.getByRole("region", { name: "Invitations", exact: true });
}

/** The open invitations of an organization, on its members page. */
export function pendingInvitations(page: Page): Locator {
  return page.getByRole("region", { name: "Pending invitations" });
}

/** The URL, the menu and the main content as an accessibility tree, without announcements. */
export async function pageContent(page: Page): Promise<string> {
  const parts = [menu(page), page.getByRole("main")];
  const texts = await Promise.all(parts.map((part) => part.ariaSnapshot()));
  const shown = texts.map((text) => text.replace(/^(\s*- status(?: "[^"]*")?):.*$/gm, "$1"));
  return [pathAndQuery(page), ...shown].join("\n");
}
