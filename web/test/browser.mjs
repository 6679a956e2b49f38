// Debian's Chromium, and a page that remembers everything that went wrong in
// it. Nothing here knows who serves the console: only the address matters.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** `options` are Playwright's: a phone without scripts is {javaScriptEnabled: false}. */
export async function startBrowser(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'hinomi-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.HN_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
    ...options,
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Everything that goes wrong in the page from now on: errors, violations of its policy. */
export async function watchProblems(page) {
  const problems = [];
  page.on('console', (message) => {
    // A refused request is the server's answer, not a fault of the page.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.exposeFunction('reportViolation', (text) => problems.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return problems;
}

/** Opens `address` with the given choices; `problems` gathers errors and violations. */
export async function openConsole(browser, address, { lang = 'ja', theme = 'light', contrast = '', density = '', path = '/', hash = '', width = 1440, height = 900, init } = {}) {
  const page = await browser.context.newPage();
  await page.setViewportSize({ width, height });
  const problems = await watchProblems(page);
  if (init) await page.addInitScript(init);
  const query = new URLSearchParams({ lang, theme, contrast, density });
  await page.goto(`${address}${path}?${query}${hash}`);
  return { page, problems };
}

/** Serious and critical findings of axe-core, as text. */
export async function accessibilityFindings(page) {
  // By the debugger's door, which the page's policy does not watch.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: AXE });
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then((r) =>
      r.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
        .map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '')).join(' | ')))`,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

const SHOTS = process.env.HN_SCREENSHOTS;

/** Keeps a picture where HN_SCREENSHOTS points; none without it. */
export async function shoot(page, name, options = {}) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), ...options });
}

/** Until `holds` does; the page's policy lets no condition with arguments be asked in it. */
export async function until(holds, what) {
  const deadline = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Both canvases and numbers have arrived. */
export async function settled(page) {
  await page.waitForSelector('.app main :is(.sec, .head, .empty), .alone');
  await page.evaluate(() => document.fonts.ready);
  const lanes = await page.locator('.lane:not(.axis)').count();
  if (lanes > 0) await until(async () => (await page.locator('.lane canvas').count()) >= lanes, 'every lane to be drawn');
}
