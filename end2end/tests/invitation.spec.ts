import { acceptInvitation, invite } from "../support/actions";
import { openTabAndBrowser } from "../support/devices";
import { expect, soon, test } from "../support/fixtures";
import {
  memberRow,
  menuEntry,
  notifications,
  pendingInvitations,
  receivedInvitations,
} from "../support/locators";
import { createOrganization } from "../support/organizations";
import { unique } from "../support/person";

test("invitation appears live, and accepting it updates both pages", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ben.visit("/home");
  await ada.visit(`/o/${wind.slug}/members`);

  const dialog = await invite(ada.page, wind, ben.email);
  await soon(receivedInvitations(ben.page).getByRole("listitem")).toContainText("North Wind");
  await soon(receivedInvitations(ben.page).getByRole("listitem")).toContainText(
    "Ada invited you as a member",
  );
  await soon(notifications(ben.page)).toContainText("You were invited to North Wind.");
  await expect(dialog.getByRole("listitem")).toContainText(`${ben.email}Invited`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pendingInvitations(ada.page).getByRole("listitem")).toContainText(ben.email);

  await acceptInvitation(ben.page, wind);
  await soon(menuEntry(ben.page, "North Wind")).toBeVisible();
  await soon(memberRow(ada.page, "North Wind", "Ben")).toBeVisible();
  await soon(pendingInvitations(ada.page)).toContainText("No pending invitations.");
  await soon(receivedInvitations(ben.page)).toContainText("No invitations yet.");
  expect([ada.pageLoads, ben.pageLoads]).toEqual([1, 1]);
});

test("accepted invitation adds the organization in every tab and browser", async ({
  signUp,
  openBrowser,
}) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  const others = await openTabAndBrowser(ben, openBrowser);
  await ada.api.invite(wind, ben.email);
  for (const page of [ben.page, ...others]) {
    await soon(receivedInvitations(page).getByRole("listitem")).toContainText("North Wind");
  }
  await soon(pendingInvitations(ada.page).getByRole("listitem")).toContainText(ben.email);

  await acceptInvitation(ben.page, wind);
  for (const page of [ben.page, ...others]) {
    await soon(menuEntry(page, "North Wind")).toBeVisible();
    await soon(receivedInvitations(page)).toContainText("No invitations yet.");
  }
  await soon(pendingInvitations(ada.page)).toContainText("No pending invitations.");
});

test("new names of the organization and of a sender who left appear live", async ({ signUp }) => {
  const [ada, ben, cleo] = [await signUp("Ada"), await signUp("Ben"), await signUp("Cleo")];
  const wind = await createOrganization("North Wind", ada, cleo);
  await ada.api.setRole(wind, "Cleo", "admin");
  await cleo.api.invite(wind, ben.email);
  await cleo.api.leave(wind);
  await ben.visit("/home");
  const received = receivedInvitations(ben.page).getByRole("listitem");
  await expect(received).toContainText("Cleo invited you as a member");

  await ada.api.updateOrganization(wind, { name: "South Wind" });
  await cleo.api.renameUser("Cleopatra");
  await soon(received).toContainText("South Wind");
  await soon(received).toContainText("Cleopatra invited you as a member");
  expect(ben.pageLoads).toBe(1);
});

test("declined invitation disappears from both pages", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ada.api.invite(wind, ben.email, "admin");
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  await expect(receivedInvitations(ben.page)).toContainText("Ada invited you as an admin");
  await expect(pendingInvitations(ada.page).getByRole("listitem")).toContainText(
    `${ben.email}Admin`,
  );

  const button = { name: "Decline invitation to North Wind" };
  await receivedInvitations(ben.page).getByRole("button", button).click();
  await soon(pendingInvitations(ada.page)).toContainText("No pending invitations.");
  await soon(receivedInvitations(ben.page)).toContainText("No invitations yet.");
  await expect(menuEntry(ben.page, "North Wind")).toBeHidden();
});

test("revoked invitation disappears from the invited user's home page", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada);
  await ada.api.invite(wind, ben.email);
  await ada.visit(`/o/${wind.slug}/members`);
  await ben.visit("/home");
  await expect(receivedInvitations(ben.page)).toContainText("North Wind");

  const button = { name: `Revoke invitation to ${ben.email}` };
  await pendingInvitations(ada.page).getByRole("button", button).click();
  await soon(receivedInvitations(ben.page)).toContainText("No invitations yet.");
  await soon(pendingInvitations(ada.page)).toContainText("No pending invitations.");
});

test("resending an invitation by keyboard creates a new link", async ({ signUp, openBrowser }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  const email = `emil-${unique()}@example.com`;
  const first = await ada.api.invite(wind, email);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  const row = pendingInvitations(page).getByRole("listitem").filter({ hasText: email });
  const resend = row.getByRole("button", { name: `Resend invitation to ${email}` });
  await resend.press("Enter");
  await expect(notifications(page)).toContainText(`Invitation to ${email} resent.`);
  await expect(resend).toBeFocused();
  const link = await row
    .getByRole("textbox", { name: `Invitation link for ${email}` })
    .inputValue();
  expect(link).not.toContain(first.link);

  const emil = await openBrowser();
  await emil.goto(link);
  await expect(emil.getByRole("heading", { level: 1 })).toContainText("North Wind");

  await row.getByRole("button", { name: `Revoke invitation to ${email}` }).press("Enter");
  await expect(pendingInvitations(page)).toContainText("No pending invitations.");
  await expect(page.getByRole("heading", { name: "Pending invitations" })).toBeFocused();
});

test("at most fifty people are invited at once, and each outcome is shown", async ({ signUp }) => {
  const [ada, ben] = [await signUp("Ada"), await signUp("Ben")];
  const wind = await createOrganization("North Wind", ada, ben);
  const waiting = `old-${unique()}@example.com`;
  await ada.api.invite(wind, waiting);
  const { page } = ada;
  await ada.visit(`/o/${wind.slug}/members`);
  const fresh = Array.from({ length: 49 }, (_, n) => `new-${n}-${unique()}@example.com`);
  await page.getByRole("button", { name: "Invite people" }).click();
  const dialog = page.getByRole("dialog");
  const addresses = dialog.getByRole("textbox", { name: "Email addresses" });
  await addresses.fill([...fresh, waiting, ben.email].join("\n"));
  await dialog.getByRole("button", { name: "Send invitations" }).click();
  await expect(addresses).toHaveAccessibleDescription(/up to 50 people at once. You entered 51/);

  await addresses.fill([...fresh.slice(1), waiting, ben.email].join("\n"));
  await dialog.getByRole("button", { name: "Send invitations" }).click();
  const outcomes = dialog.getByRole("list", { name: "Results" }).getByRole("listitem");
  await expect(outcomes).toHaveCount(50);
  await expect(outcomes.filter({ hasText: waiting })).toContainText("Already invited");
  await expect(outcomes.filter({ hasText: ben.email })).toContainText("Already a member");
  await expect(outcomes.filter({ hasText: "new-" }).getByText("Invited")).toHaveCount(48);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pendingInvitations(page).getByRole("listitem")).toHaveCount(49);
});

test("invalid addresses are listed, and nobody is invited", async ({ signUp }) => {
  const ada = await signUp("Ada");
  const wind = await createOrganization("North Wind", ada);
  await ada.visit(`/o/${wind.slug}/members`);
  await ada.page.getByRole("button", { name: "Invite people" }).click();
  const dialog = ada.page.getByRole("dialog");
  const addresses = dialog.getByRole("textbox", { name: "Email addresses" });
  await addresses.fill("dora@example.com, emil, @example.com");
  await dialog.getByRole("button", { name: "Send invitations" }).click();
  await expect(addresses).toHaveAccessibleDescription(/emil, @example\.com/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
  await expect(ada.page.getByRole("region", { name: "Pending invitations" })).toContainText(
    "No pending invitations.",
  );
});
