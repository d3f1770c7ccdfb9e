//! What axe finds.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";

/** The rules of axe whose result depends on colours. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/**
 * Expects no violation that axe finds, in light and in dark mode, and no horizontal overflow. The page stays
 * in light mode, and without motion: otherwise colours change little by little.
 */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await test.step(what, async () => {
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    expect.soft(await violations(page, COLOUR_RULES), `${what}, in dark mode`).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    expect.soft(await violations(page), what).toEqual([]);
    const overflow = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    expect.soft(overflow, `${what}: horizontal overflow in pixels`).toBeLessThanOrEqual(0);
  });
}

/** What violates the rules: these, or all. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  // Legacy mode audits the page itself only, which is enough without frames, and takes a third of
  // the time. The result leaves out what passed.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
  if (rules) axe.withRules(rules);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
  );
}
