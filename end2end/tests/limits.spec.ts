import { expect, test } from "../support/fixtures";
import { waitUntilHydrated } from "../support/locators";

// The setting that tests have by default is overridden: an empty variable counts as unset.
test.use({ serverSettings: { LIMITS: "" } });

const ATTEMPTS = 10;

test("person who guesses a password too often is told when to try again", async ({
  ownServer,
  browserErrors,
  openBrowser,
}) => {
  browserErrors.allow(/refused: POST \S*\/auth\/sign-in 4(01|29)/);
  const page = await openBrowser({ baseURL: ownServer.url });
  await page.goto("/sign-in");
  await waitUntilHydrated(page);
  const error = page.getByRole("alert");
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await page.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
    await page.getByLabel("Password").fill(`not my password ${attempt}`);
    // The text of the attempt before stays until the answer is there, so the answer is awaited.
    const answer = page.waitForResponse((response) => response.url().endsWith("/auth/sign-in"));
    await page.getByRole("button", { name: "Sign in" }).click();
    expect((await answer).status()).toBe(401);
    await expect(error).toHaveText("Incorrect email address or password.");
    await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
  }
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(error).toHaveText(
    /^Too many attempts to sign in\. Try again in \d+ (seconds?|minutes?)\.$/,
  );

  const plain = await openBrowser({ baseURL: ownServer.url, javaScriptEnabled: false });
  await plain.goto("/sign-in");
  await plain.getByRole("textbox", { name: "Email" }).fill("ada@example.com");
  await plain.getByLabel("Password").fill("not my password");
  await plain.getByRole("button", { name: "Sign in" }).click();
  await expect(plain.getByRole("alert")).toHaveText(
    "Too many attempts. Wait a moment, then try again.",
  );
});
