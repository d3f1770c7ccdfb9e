import type { Locator, Page } from "@playwright/test";
import { expect, soon, test } from "../support/fixtures";
import { memberNames, memberRow, membersScrollArea, pendingInvitations } from "../support/locators";
import { signUpTeam } from "../support/organizations";
import { unique } from "../support/person";

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** Expects a row to be highlighted, and a moment later to look like another one. */
async function expectBriefHighlight(row: Locator, other: Locator): Promise<void> {
  const colour = (element: Element) => getComputedStyle(element).backgroundColor;
  const plain = await other.evaluate(colour);
  await soon(row).not.toHaveCSS("background-color", plain);
  await expect(row).toHaveCSS("background-color", plain);
}

function announcement(page: Page, of: "Member" | "Invitation"): Locator {
  return page.getByRole("status", { name: `${of} changes` });
}

test("member changes by others are highlighted briefly and announced", async ({ signUp }) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  const dora = await signUp("Dora");
  const { page } = cleo;
  await cleo.visit(`/o/${wind.slug}/members`);
  const [bens, adas] = [memberRow(page, wind.name, "Ben"), memberRow(page, wind.name, "Ada")];
  await ada.api.setRole(wind, ben.name, "admin");
  await soon(announcement(page, "Member")).toHaveText("Ben is now an admin.");
  await expectBriefHighlight(bens, adas);

  await ada.api.invite(wind, dora.email);
  await dora.api.acceptInvitation(wind);
  await soon(announcement(page, "Member")).toHaveText("Dora is now a member.");
  await expectBriefHighlight(memberRow(page, wind.name, "Dora"), adas);
  await ada.api.removeMember(wind, "Dora");
  await soon(announcement(page, "Member")).toHaveText("Dora was removed.");
});

test("invitations by other admins are highlighted briefly and announced", async ({ signUp }) => {
  const { ada, ben, wind } = await signUpTeam(signUp);
  await ada.api.setRole(wind, ben.name, "admin");
  await ada.api.invite(wind, `emil-${unique()}@example.com`);
  const { page } = ben;
  await ben.visit(`/o/${wind.slug}/members`);
  const email = `fay-${unique()}@example.com`;
  await ada.api.invite(wind, email);
  await soon(announcement(page, "Invitation")).toHaveText(`${email} was invited.`);
  const rows = pendingInvitations(page).getByRole("listitem");
  await expectBriefHighlight(rows.filter({ hasText: email }), rows.filter({ hasText: "emil-" }));
});

test("typed text and focus survive changes by others", async ({ signUp }) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  const search = page.getByRole("searchbox", { name: "Search" });
  await search.pressSequentially("n");
  await ben.api.renameUser("Benedict");
  await soon(memberNames(page, wind.name)).toHaveText([/Benedict/]);
  await expect(search).toBeFocused();
  await search.fill("");

  await page.getByRole("button", { name: "Invite people" }).click();
  const addresses = page.getByRole("textbox", { name: "Email addresses" });
  await addresses.pressSequentially("half@exam");
  await cleo.api.renameUser("Cleopatra");
  await soon(announcement(page, "Member")).toHaveText("Cleo changed their name to Cleopatra.");
  await expect(addresses).toBeFocused();
  await addresses.pressSequentially("ple.com");
  await expect(addresses).toHaveValue("half@example.com");
});

test("focus moves to the table when the focused row is removed", async ({ signUp }) => {
  const { ada, ben, cleo, wind } = await signUpTeam(signUp);
  await ada.api.setRole(wind, ben.name, "admin");
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  await page.getByRole("combobox", { name: "Role of Cleo" }).focus();
  await ben.api.removeMember(wind, cleo.name);
  await soon(memberNames(page, wind.name)).toHaveText([/Ada/, /Ben/]);
  await expect(membersScrollArea(page, wind.name)).toBeFocused();
});
