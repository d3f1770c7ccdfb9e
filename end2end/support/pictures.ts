import type { Locator } from "@playwright/test";
import { soon } from "./fixtures";

/** A PNG of one red pixel. */
export const PICTURE = {
  name: "portrait.png",
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    "base64",
  ),
};

/** Expects a picture that the server has scaled. */
export async function expectPicture(image: Locator): Promise<void> {
  await soon(image).toBeVisible();
  await soon(image).toHaveJSProperty("naturalWidth", 256);
}
