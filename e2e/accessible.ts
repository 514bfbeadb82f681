/** What holds for every page of the dashboard, whatever it shows. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.html) }))).toEqual([]);
  // What sticks out, where something does: the size of the page alone does not tell what to mend.
  const sticksOut = await page.evaluate(`(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const tooWide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > clientWidth);
    return scrollWidth > clientWidth ? [scrollWidth, ...tooWide.map((element) => element.outerHTML.slice(0, 200))] : [];
  })()`);
  expect(sticksOut, 'nothing is wider than the screen').toEqual([]);
}
