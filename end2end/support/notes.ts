//! The notes of an organization.
import type { Page } from "@playwright/test";
import type { Organization } from "./api";
import { noteArticle, waitUntilNotesLive } from "./locators";
import type { Person } from "./person";

/** Opens the notes page and waits until it is live. */
export async function openNotes(
  person: Person,
  organization: Organization,
  page = person.page,
): Promise<void> {
  await person.visit(`/o/${organization.slug}/notes`, page);
  await waitUntilNotesLive(page);
}

/** Opens the form to edit the note. */
export async function editNote(page: Page, title: string): Promise<void> {
  await noteArticle(page, title)
    .getByRole("button", { name: `Edit ${title}` })
    .click();
}
