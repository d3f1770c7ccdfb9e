//! Actions on the pages of an organization, through the same controls as a user.
import { expect, type Locator, type Page } from "@playwright/test";
import { memberRow, receivedInvitations } from "./locators";

interface Named {
  name: string;
}

/** Sends invitations from the members page. Returns the dialog, still open with its outcomes. */
export async function invite(page: Page, organization: Named, emails: string): Promise<Locator> {
  await page.getByRole("button", { name: "Invite people" }).click();
  const dialog = page.getByRole("dialog", { name: `Invite people to ${organization.name}` });
  await dialog.getByRole("textbox", { name: "Email addresses" }).fill(emails);
  await dialog.getByRole("button", { name: "Send invitations" }).click();
  await expect(dialog.getByRole("list", { name: "Results" })).toBeVisible();
  return dialog;
}

/** Accepts an invitation on the home page. */
export async function acceptInvitation(page: Page, organization: Named): Promise<void> {
  const button = { name: `Accept invitation to ${organization.name}` };
  await receivedInvitations(page).getByRole("button", button).click();
}

/** Changes name, address or both on the settings page, and waits until they are saved. */
export async function renameOrganization(
  page: Page,
  changes: { name?: string; slug?: string },
): Promise<void> {
  const general = page.getByRole("region", { name: "General" });
  if (changes.name) await general.getByRole("textbox", { name: "Name" }).fill(changes.name);
  if (changes.slug) await general.getByRole("textbox", { name: "URL" }).fill(changes.slug);
  await general.getByRole("button", { name: "Save changes" }).click();
  await expect(general.getByText("Saved.")).toBeVisible();
}

/** Selects a member's role on the members page. */
export async function setRole(
  page: Page,
  organization: Named,
  name: string,
  role: "Admin" | "Member",
): Promise<void> {
  const select = { name: `Role of ${name}` };
  await memberRow(page, organization.name, name).getByRole("combobox", select).selectOption(role);
}

/** Removes a member on the members page and confirms. */
export async function removeMember(page: Page, organization: Named, name: string): Promise<void> {
  const button = { name: `Remove ${name}` };
  await memberRow(page, organization.name, name).getByRole("button", button).click();
  await page
    .getByRole("dialog", { name: `Remove ${name}?` })
    .getByRole("button", button)
    .click();
}

/** Deletes the organization on the settings page and confirms. */
export async function deleteOrganization(page: Page, organization: Named): Promise<void> {
  const { name } = organization;
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  const dialog = page.getByRole("dialog", { name: `Delete ${name}?` });
  await dialog.getByRole("textbox", { name: `Type ${name} to confirm` }).fill(name);
  await dialog.getByRole("button", { name: "Delete organization" }).click();
}
