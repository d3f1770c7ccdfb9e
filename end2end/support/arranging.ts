//! The menu, and what people do to it.
import type { Locator, Page } from "@playwright/test";
import { organization } from "./organizations";
import type { Person } from "./person";
import { live, menu } from "./screen";
import { soon } from "./test";

/** Ada with three organizations, her menu before us. */
export async function company(person: (name: string) => Promise<Person>) {
  const ada = await person("Ada");
  const [wind, rain, hail] = [
    await organization("North Wind", ada),
    await organization("Soft Rain", ada),
    await organization("Loud Hail", ada),
  ];
  await ada.visits("/home");
  return { ada, wind, rain, hail };
}

/** The organizations of a list, from top to bottom. */
export async function names(list: Locator): Promise<string[]> {
  const texts = await list.getByRole("listitem").allInnerTexts();
  // The first line is the letters in the picture.
  return texts.map((text) => text.split("\n")[1] ?? "");
}

/** What is in use, as links or while it is edited. */
export function inUse(page: Page): Locator {
  return menu(page).getByRole("list").first();
}

/** What is put away. */
export function archived(page: Page): Locator {
  return menu(page).getByRole("group").getByRole("list");
}

export function press(page: Page, name: string): Promise<void> {
  return menu(page).getByRole("button", { name, exact: true }).click();
}

export async function edit(page: Page): Promise<void> {
  await press(page, "Edit organizations");
}

/** The menus of all pages show these organizations, in that order. */
export async function shows(pages: Page[], order: string[]): Promise<void> {
  for (const page of pages) await soon.poll(() => names(inUse(page))).toEqual(order);
}

/** Ada in another tab, and Ada at another browser. */
export async function elsewhere(ada: Person, visitor: () => Promise<Page>): Promise<Page[]> {
  const tab = await ada.opensTab("/home");
  const browser = await visitor();
  await browser.context().addCookies(await ada.context.cookies());
  await browser.goto("/home");
  await live(browser);
  return [tab, browser];
}
