//! Two-factor authentication, through the same controls as a user.
import { expect, type Page } from "@playwright/test";
import { psql } from "./database";
import { pageHeading } from "./locators";
import { totp } from "./totp";

export interface TwoFactor {
  /** The key of the authenticator app. */
  key: string;
  recoveryCodes: string[];
}

/** Turns two-factor authentication on, from its page to the page with the recovery codes. */
export async function turnOn(page: Page): Promise<TwoFactor> {
  await page.getByRole("button", { name: "Set up an app" }).click();
  await expect(page.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  const key =
    (await page.getByRole("region", { name: "Scan" }).locator("code").textContent()) ?? "";
  await page.getByLabel("Code", { exact: true }).fill(totp(key));
  await page.getByRole("button", { name: "Turn on two-factor authentication" }).click();
  await expect(pageHeading(page)).toHaveText("Save your recovery codes");
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  return { key, recoveryCodes: await codes.allInnerTexts() };
}

/** Lets the account use the present code of its app again, without the wait for the next one. */
export async function forgetUsedCodes(database: string, email: string): Promise<void> {
  await psql(
    database,
    `update authenticator_apps set last_step = null
      where user_id = (select id from users where email = '${email.toLowerCase()}')`,
  );
}

/** Lets the person's last proof of who they are be too old. */
export async function expireProofs(database: string, email: string): Promise<void> {
  await psql(
    database,
    `update session_tokens set proven_at = proven_at - interval '10 minutes'
      where session_id in (select s.id from sessions s join users u on u.id = s.user_id
                            where u.email = '${email.toLowerCase()}')`,
  );
}
