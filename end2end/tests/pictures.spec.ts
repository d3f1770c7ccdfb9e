import type { Locator, Page } from "@playwright/test";
import { organization } from "../support/organizations";
import { hereNow, member, menuEntry } from "../support/screen";
import { expect, soon, test } from "../support/test";

/** A red pixel. */
const PICTURE = {
  name: "portrait.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    "base64",
  ),
};

function part(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** The picture is on the screen, as the server drew it. */
async function isPicture(image: Locator): Promise<void> {
  await soon(image).toBeVisible();
  await soon(image).toHaveJSProperty("naturalWidth", 256);
}

test("a chosen picture is at every colleague's at once, and so are initials again", async ({
  person,
}) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ben.visits(`/o/${wind.slug}/members`);
  await ada.visits(`/o/${wind.slug}/members`);
  await ada.page.getByRole("banner").getByRole("link", { name: "Ada" }).click();
  const profile = part(ada.page, "Profile");
  await profile.getByLabel("Choose picture").setInputFiles(PICTURE);
  await isPicture(profile.locator("img"));
  await isPicture(ada.page.getByRole("banner").locator("img"));
  await isPicture(member(ben.page, "North Wind", "Ada").locator("img"));
  await ada.page.goBack();
  await expect(hereNow(ben.page)).toContainText("Ada");
  await isPicture(hereNow(ben.page).locator("img"));

  await ada.page.goForward();
  await profile.getByRole("button", { name: "Remove picture" }).click();
  await expect(profile.locator("img")).toHaveCount(0);
  await expect(profile.getByRole("button", { name: "Remove picture" })).toBeHidden();
  await soon(member(ben.page, "North Wind", "Ada").locator("img")).toHaveCount(0);
  await expect(member(ben.page, "North Wind", "Ada")).toContainText("A");
  expect([ada.loads, ben.loads]).toEqual([1, 1]);
});

test("initials are shown as capitals", async ({ person }) => {
  const sonja = await person("ßonja adler");
  await sonja.visits("/home");
  const avatar = sonja.page.getByRole("banner").locator(".avatar");
  await expect(avatar).toHaveText("SSA", { useInnerText: true });
});

test("an admin chooses the organization's picture", async ({ person }) => {
  const [ada, ben] = [await person("Ada"), await person("Ben")];
  const wind = await organization("North Wind", ada, ben);
  await ada.visits(`/o/${wind.slug}/settings`);
  await ben.visits(`/o/${wind.slug}/activity`);
  await part(ada.page, "Picture").getByLabel("Choose picture").setInputFiles(PICTURE);
  for (const { page } of [ada, ben]) await isPicture(menuEntry(page, "North Wind").locator("img"));
  const trail = ben.page.getByRole("list", { name: "Activity" });
  await soon(trail.getByRole("listitem").first()).toContainText("Ada changed the picture");
});

test("what is no picture is refused beside the button, and another one can be chosen", async ({
  faults,
  person,
}) => {
  faults.expect(/refused: PUT \/me\/picture 422/);
  const ada = await person("Ada");
  await ada.visits("/account");
  const profile = part(ada.page, "Profile");
  const choice = profile.getByLabel("Choose picture");
  const text = { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("Hello") };
  await choice.setInputFiles(text);
  await expect(choice).toHaveAccessibleDescription(/This picture can't be read/);
  await choice.setInputFiles({ ...PICTURE, buffer: Buffer.alloc(2 * 1024 * 1024 + 1) });
  await expect(choice).toHaveAccessibleDescription(/This file is too large/);
  await choice.setInputFiles(PICTURE);
  await isPicture(profile.locator("img"));
  await expect(choice).toHaveAccessibleDescription(
    "PNG, JPEG or WebP, up to 2 MB. Cropped to a square.",
  );
});
