//! What axe finds.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";

/** Expects no violation that axe finds, and no horizontal overflow. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await test.step(what, async () => {
    // Legacy mode audits the page itself only, which is enough without frames, and takes a third of
    // the time. All rules run; the result leaves out what passed.
    const { violations } = await new AxeBuilder({ page })
      .options({ resultTypes: ["violations"] })
      .setLegacyMode()
      .analyze();
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
    );
    expect.soft(found, `${what}: accessibility`).toEqual([]);
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect.soft(overflow, `${what}: horizontal overflow in pixels`).toBeLessThanOrEqual(0);
  });
}
