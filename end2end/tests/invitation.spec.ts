import { accept, invite } from "../support/actions";
import { elsewhere } from "../support/arranging";
import { organization } from "../support/organizations";
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
  await soon(messages(ben.page)).toContainText("You are invited to North Wind.");
  await expect(dialog.getByRole("listitem")).toContainText(`${ben.email}Invited`);
  await dialog.getByRole("button", { name: "Done" }).click();
  await soon(pending(ada.page).getByRole("listitem")).toContainText(ben.email);

  await accept(ben.page, wind);
  await soon(menuEntry(ben.page, "North Wind")).toBeVisible();
  await soon(member(ada.page, "North Wind", "Ben")).toBeVisible();
  await soon(pending(ada.page)).toContainText("Nobody is waiting for an answer.");
  await soon(invitations(ben.page)).toContainText("No invitations.");
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
    await soon(invitations(page)).toContainText("No invitations.");
  }
  await soon(pending(ada.page)).toContainText("Nobody is waiting for an answer.");
});

test("a rejected invitation leaves both screens", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.api.invite(wind, ben.email, "admin");
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  await expect(invitations(ben.page)).toContainText("Ada invited you as an admin");
  await expect(pending(ada.page).getByRole("listitem")).toContainText(`${ben.email}Admin`);

  const button = { name: "Reject invitation to North Wind" };
  await invitations(ben.page).getByRole("button", button).click();
  await soon(pending(ada.page)).toContainText("Nobody is waiting for an answer.");
  await soon(invitations(ben.page)).toContainText("No invitations.");
  await expect(menuEntry(ben.page, "North Wind")).toBeHidden();
});

test("a revoked invitation leaves the home of the invited", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  await ada.api.invite(wind, ben.email);
  await ada.visits(`/o/${wind.slug}/members`);
  await ben.visits("/home");
  await expect(invitations(ben.page)).toContainText("North Wind");

  const button = { name: `Revoke invitation for ${ben.email}` };
  await pending(ada.page).getByRole("button", button).click();
  await soon(invitations(ben.page)).toContainText("No invitations.");
  await soon(pending(ada.page)).toContainText("Nobody is waiting for an answer.");
});
