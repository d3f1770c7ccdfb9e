//! The organization menu and its edit mode.
import type { Locator, Page } from "@playwright/test";
import { type SignUp, soon } from "./fixtures";
import { menu } from "./locators";
import { createOrganization } from "./organizations";

/** Signs up a user with three organizations and opens their home page. */
export async function signUpWithThreeOrganizations(signUp: SignUp) {
  const ada = await signUp("Ada");
  const [wind, rain, hail] = [
    await createOrganization("North Wind", ada),
    await createOrganization("Soft Rain", ada),
    await createOrganization("Loud Hail", ada),
  ];
  await ada.visit("/home");
  return { ada, wind, rain, hail };
}

/** The organizations of a list, from top to bottom. */
export async function organizationNames(list: Locator): Promise<string[]> {
  const texts = await list.getByRole("listitem").allInnerTexts();
  // The first line is the initials in the picture.
  return texts.map((text) => text.split("\n")[1] ?? "");
}

/** The list of organizations that aren't archived, in either mode. */
export function activeList(page: Page): Locator {
  return menu(page).getByRole("list").first();
}

export function archivedList(page: Page): Locator {
  return menu(page).getByRole("group").getByRole("list");
}

export function clickInMenu(page: Page, name: string): Promise<void> {
  return menu(page).getByRole("button", { name, exact: true }).click();
}

export async function startEditing(page: Page): Promise<void> {
  await clickInMenu(page, "Edit organizations");
}

/** Expects the active organizations in this order on every page. */
export async function expectOrder(pages: Page[], order: string[]): Promise<void> {
  for (const page of pages) {
    await soon.poll(() => organizationNames(activeList(page))).toEqual(order);
  }
}
