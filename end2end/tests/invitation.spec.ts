import { accept, invite } from "../support/actions";
import { elsewhere } from "../support/arranging";
import { organization } from "../support/organizations";
import { unique } from "../support/person";
import { invitations, member, menuEntry, messages, pending } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("an invitation appears at the invited, and once accepted each sees the other", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ben.visits("/home");
  await ada.visits(`/o/${wind.slug}/members`);

  const dialog = await invite(ada.page, wind, ben.email);
  await soon(invitations(ben.page).getByRole("listitem")).toContainText("North Wind");
  await soon(invitations(ben.page).getByRole("listitem")).toContainText(
    "Ada invited you as a member",
  );
  await soon(messages(ben.page)).toContainText("You were invited to North Wind.");
  await expect(dialog.getByRole("listitem")).toContainText(`${ben.email}Invited`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pending(ada.page).getByRole("listitem")).toContainText(ben.email);

  await accept(ben.page, wind);
  await soon(menuEntry(ben.page, "North Wind")).toBeVisible();
  await soon(member(ada.page, "North Wind", "Ben")).toBeVisible();
  await soon(pending(ada.page)).toContainText("No pending invitations.");
  await soon(invitations(ben.page)).toContainText("No invitations yet.");
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("whoever accepts belongs to the organization in every tab and browser", async ({
  person,
  visitor,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  const others = await elsewhere(ben, visitor);
  await ada.api.invite(wind, ben.email);
  for (const page of [ben.page, ...others]) {
    await soon(invitations(page).getByRole("listitem")).toContainText("North Wind");
  }
  await soon(pending(ada.page).getByRole("listitem")).toContainText(ben.email);

  await accept(ben.page, wind);
  for (const page of [ben.page, ...others]) {
    await soon(menuEntry(page, "North Wind")).toBeVisible();
    await soon(invitations(page)).toContainText("No invitations yet.");
  }
  await soon(pending(ada.page)).toContainText("No pending invitations.");
});

test("a rejected invitation leaves both screens", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.api.invite(wind, ben.email, "admin");
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  await expect(invitations(ben.page)).toContainText("Ada invited you as an admin");
  await expect(pending(ada.page).getByRole("listitem")).toContainText(`${ben.email}Admin`);

  const button = { name: "Decline invitation to North Wind" };
  await invitations(ben.page).getByRole("button", button).click();
  await soon(pending(ada.page)).toContainText("No pending invitations.");
  await soon(invitations(ben.page)).toContainText("No invitations yet.");
  await expect(menuEntry(ben.page, "North Wind")).toBeHidden();
});

test("a revoked invitation leaves the home of the invited", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.api.invite(wind, ben.email);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  await expect(invitations(ben.page)).toContainText("North Wind");

  const button = { name: `Revoke invitation to ${ben.email}` };
  await pending(ada.page).getByRole("button", button).click();
  await soon(invitations(ben.page)).toContainText("No invitations yet.");
  await soon(pending(ada.page)).toContainText("No pending invitations.");
});

test("an invitation is sent again by key, and gives a new link to who has no account", async ({
  person,
  visitor,
}) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  const email = `emil-${unique()}@example.com`;
  const first = await ada.api.invite(wind, email);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
  const row = pending(page).getByRole("listitem").filter({ hasText: email });
  const resend = row.getByRole("button", { name: `Resend invitation to ${email}` });
  await resend.press("Enter");
  await expect(messages(page)).toContainText(`Invitation to ${email} resent.`);
  await expect(resend).toBeFocused();
  const link = await row
    .getByRole("textbox", { name: `Invitation link for ${email}` })
    .inputValue();
  expect(link).not.toContain(first.link);

  const emil = await visitor();
  await emil.goto(link);
  await expect(emil.getByRole("heading", { level: 1 })).toContainText("North Wind");

  await row.getByRole("button", { name: `Revoke invitation to ${email}` }).press("Enter");
  await expect(pending(page)).toContainText("No pending invitations.");
  await expect(page.getByRole("heading", { name: "Pending invitations" })).toBeFocused();
});

test("fifty are invited at once, each with what became of it, and no more than fifty", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const waiting = `old-${unique()}@example.com`;
  await ada.api.invite(wind, waiting);
  const { page } = ada;
  await ada.visits(`/o/${wind.slug}/members`);
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
  await soon(pending(page).getByRole("listitem")).toHaveCount(49);
});
