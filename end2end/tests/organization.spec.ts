import { invite, rename } from "../support/actions";
import { organization, slug } from "../support/organizations";
import { PASSWORD, unique } from "../support/person";
import { heading, hydrated, member, menu, menuEntry, messages } from "../support/screen";
import { expect, soon, test } from "../support/test";

test("a new organization begins at its members, with its founder as admin", async ({ person }) => {
  const ada = await person("Ada");
  const name = `North Wind ${unique()}`;
  await ada.visits("/home");
  await menu(ada.page).getByRole("button", { name: "New organization" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "New organization" });
  await dialog.getByRole("button", { name: "Create organization" }).click();
  await expect(dialog.getByLabel("Name")).toHaveAccessibleDescription(/Enter a name\./);
  await dialog.getByLabel("Name").fill(name);
  await expect(dialog.getByRole("textbox", { name: "URL" })).toHaveValue(
    name.toLowerCase().replaceAll(" ", "-"),
  );
  await dialog.getByRole("button", { name: "Create organization" }).click();

  await expect(heading(ada.page)).toHaveText(name);
  await expect(member(ada.page, name, "Ada").getByRole("combobox")).toHaveValue("Admin");
  await soon(menuEntry(ada.page, name)).toHaveAttribute("aria-current", "page");
});

test("an address that somebody else has is refused beside its field", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: PATCH \/organizations\/.* 422/);
  const ada = await person("Ada");
  const [wind, rain] = [
    await organization("North Wind", ada),
    await organization("Soft Rain", ada),
  ];
  await ada.visits(`/o/${wind.slug}/settings`);
  const general = ada.page.getByRole("region", { name: "General" });
  const address = general.getByRole("textbox", { name: "URL" });
  for (const wrong of ["", "North Wind!", rain.slug]) {
    await address.fill(wrong);
    await general.getByRole("button", { name: "Save changes" }).click();
    await expect(address).toHaveAttribute("aria-invalid", "true");
    await expect(address).toHaveAccessibleDescription(/\S/);
    await expect(address).toHaveValue(wrong);
  }

  const current = slug("South Wind");
  await rename(ada.page, { slug: current });
  await expect(address).toHaveAttribute("aria-invalid", "false");
  await expect(ada.page).toHaveURL(`${ada.url}/o/${current}/settings`);
});

test("somebody without an account joins by the link that the inviter passes on", async ({
  person,
  visitor,
}) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  const email = `dora-${unique()}@example.com`;
  await ada.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.visits(`/o/${wind.slug}/members`);
  const dialog = await invite(ada.page, wind, email);
  const shown = dialog.getByRole("textbox", { name: `Invitation link for ${email}` });
  await dialog.getByRole("button", { name: `Copy link for ${email}` }).click();
  await expect(dialog.getByText("Copied")).toBeVisible();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  await expect(shown).toHaveValue(link);
  await dialog.getByRole("button", { name: "Done" }).click();

  const page = await visitor();
  await page.goto(link);
  await hydrated(page);
  await expect(heading(page)).toHaveText("Join North Wind");
  await expect(page.getByRole("main")).toContainText(`Ada invited ${email} to join as a member.`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page.getByLabel("Email")).toHaveValue(email);
  await page.getByLabel("Name").fill("Dora");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page).toHaveURL(link);
  await hydrated(page);
  await page.getByRole("button", { name: "Accept" }).click();
  await expect(page).toHaveURL(`/o/${wind.slug}/members`);
  await soon(member(ada.page, "North Wind", "Dora")).toBeVisible();
});

test("an invitation's link is of no use to anybody else, nor a second time", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: GET \/invitations\/.* 404/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada);
  const { link } = await ada.api.invite(wind, `dora-${unique()}@example.com`);
  await ben.page.goto(`${ben.url}${link}`);
  await hydrated(ben.page);
  await expect(ben.page.getByRole("main")).toContainText(`You're signed in as ${ben.email}.`);
  await expect(ben.page.getByRole("button", { name: "Accept" })).toBeHidden();
  await ben.page.getByRole("button", { name: "Sign out" }).click();
  await expect(ben.page.getByRole("link", { name: "Create an account" })).toBeVisible();

  await ben.page.goto(`${ben.url}/invitations/${"0".repeat(43)}`);
  await expect(heading(ben.page)).toHaveText("This invitation is no longer valid");
});

test("the only admin can't leave, a member can", async ({ faults, person }) => {
  faults.expect(/refused: POST \/organizations\/.*\/leave 409/);
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  const leave = { name: "Leave North Wind" };
  for (const somebody of [ada, ben]) {
    await somebody.visits(`/o/${wind.slug}/members`);
    await somebody.page.getByRole("button", leave).click();
    await somebody.page.getByRole("dialog").getByRole("button", leave).click();
  }
  await expect(ada.page.getByRole("dialog").getByRole("alert")).toContainText(
    "needs at least one admin",
  );
  await expect(ben.page).toHaveURL(`${ben.url}/home`);
  await soon(messages(ben.page)).toContainText("You left North Wind.");
  await soon(member(ada.page, "North Wind", "Ben")).toBeHidden();
});

test("addresses that can't be invited are named, and nobody is", async ({ person }) => {
  const ada = await person("Ada");
  const wind = await organization("North Wind", ada);
  await ada.visits(`/o/${wind.slug}/members`);
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
