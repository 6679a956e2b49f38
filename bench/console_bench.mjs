// How smooth the console stays with much on the screen: a plot of 1,000,000
// points and a list of 5,000 rows, in Debian's Chromium without a graphics
// card. The server is a stand-in, so that only the page is measured.
//   HN_CONSOLE_DIST=build/console/dist node bench/console_bench.mjs
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openConsole, startBrowser } from '../web/test/browser.mjs';
import { startMock } from '../web/test/mock_server.mjs';
import { NOW, scenes } from '../web/test/night.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = process.env.HN_CONSOLE_DIST ?? join(ROOT, 'build/console/dist');
const SERIES = 100;
const POINTS = 10_000;
const ROWS = 5000;
/** About three times what was measured on 2 cores; tasks in processor time, so
 * that they hold on a busy machine as well. */
const BOUNDS = { firstDrawingMs: 9000, arrivingTaskMs: 400, zoomingTaskMs: 250, scrollingTaskMs: 150 };

// --- the million points ----------------------------------------------------------

const END = Math.floor(NOW / 1000);
const BEGIN = END - POINTS + 1;

/** Noise with spikes: what is hardest to thin out. */
function values(series) {
  let seed = series + 1;
  return Array.from({ length: POINTS }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const spike = seed % 1000 === 0 ? 50 : 0;
    return (series + (seed / 2 ** 32) * 4 + spike).toFixed(6);
  });
}
const data = Array.from({ length: SERIES }, (_, i) => values(i));

function matrix(query) {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name)));
  const series = data.map((texts, i) => {
    const points = [];
    for (let at = start; at <= end; at += step) if (texts[at - BEGIN] !== undefined) points.push(`[${at},"${texts[at - BEGIN]}"]`);
    return `{"metric":{"__name__":"bench","n":"${i}"},"values":[${points.join(',')}]}`;
  });
  return `{"status":"success","data":{"resultType":"matrix","result":[${series.join(',')}]}}`;
}

// --- measuring in the page --------------------------------------------------------

/** From now on `window.frames` has the times of all frames. */
const recordFrames = () => {
  window.frames_ = [];
  const tick = (at) => {
    window.frames_.push(at);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
};

/** Processor milliseconds of the page's longest task: unlike a frame, a task is
 * not longer because something else runs on the machine. */
async function longestTask(page, act) {
  const session = await page.context().newCDPSession(page);
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', '__metadata'] } });
  await act();
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const main = new Set(events.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`));
  const tasks = events.filter((e) => e.tdur !== undefined && main.has(`${e.pid} ${e.tid}`));
  if (tasks.length === 0) throw new Error('the trace holds no task of the page');
  return Math.max(...tasks.map((e) => e.tdur)) / 1000;
}

async function framesWhile(page, act) {
  await page.evaluate(() => (window.frames_.length = 0));
  const task = await longestTask(page, act);
  const times = await page.evaluate(() => window.frames_);
  const gaps = times.slice(1).map((at, i) => at - times[i]).sort((a, b) => a - b);
  return { frames: gaps.length, median: gaps[gaps.length >> 1], p95: gaps[Math.floor(gaps.length * 0.95)], longest: gaps.at(-1), task };
}

/** The plot and so many lines of its legend are there. */
const legend = (page, n) => page.evaluate((count) => new Promise((resolve) => {
  const look = () => (document.querySelector('main section canvas') && document.querySelectorAll('main section ul > li').length >= count
    ? requestAnimationFrame(resolve) : requestAnimationFrame(look));
  look();
}), n);
/** Resolves when another plot has taken the place of the present one. */
const drawnAgain = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const before = document.querySelector('main section canvas');
  const since = performance.now();
  const look = (at) => {
    if (document.querySelector('main section canvas') !== before) requestAnimationFrame(resolve);
    else if (at - since > 30_000) reject(new Error(`nothing was drawn after ${location.hash}`));
    else requestAnimationFrame(look);
  };
  look(since);
}));

async function plot(browser, mock) {
  const utc = (seconds) => new Date(seconds * 1000).toISOString();
  const query = new URLSearchParams({ a: 'bench', step: '1s', from: utc(BEGIN), to: utc(END) });
  const { page } = await openConsole(browser, mock.url, { lang: 'en', hash: '#/journal' });
  await page.waitForSelector('main tbody tr');
  await page.evaluate(recordFrames);
  const asked = await page.evaluate((hash) => {
    location.hash = hash;
    return performance.now();
  }, `#/metrics?${query}`);
  await legend(page, SERIES);
  const firstDrawing = (await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(performance.now()))))) - asked;
  const arriving = await framesWhile(page, async () => {
    await page.keyboard.press('.'); // Leaves and comes back: all points arrive again, recorded from the first byte.
    await page.goBack();
    await legend(page, SERIES);
    await page.waitForTimeout(3000);
  });
  const canvas = page.locator('main section .plot');
  const zooming = await framesWhile(page, async () => {
    for (let i = 0; i < 4; i++) {
      const box = await canvas.boundingBox();
      await page.mouse.move(box.x + 80 + (box.width - 100) * 0.2, box.y + 80);
      await page.mouse.down();
      for (let x = 0.2; x <= 0.8; x += 0.05) await page.mouse.move(box.x + 80 + (box.width - 100) * x, box.y + 80);
      const drawn = drawnAgain(page);
      await page.mouse.up();
      await drawn;
    }
    for (const key of ['[', '[', ']', '-', '-', '[', '+', 'z']) {
      const drawn = drawnAgain(page);
      await page.keyboard.press(key);
      await drawn;
    }
    await page.waitForTimeout(500);
  });
  const pointing = await framesWhile(page, async () => {
    const box = await canvas.boundingBox();
    for (let x = 0; x < 1; x += 0.02) await page.mouse.move(box.x + 80 + (box.width - 100) * x, box.y + 100);
  });
  const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
  await page.close();
  return { firstDrawing, arriving, zooming, pointing, heap };
}

async function list(browser, mock) {
  const one = scenes.night('en').alarms[0];
  mock.alarms = Array.from({ length: ROWS }, (_, i) => ({ ...one, name: `alarm-${String(i).padStart(4, '0')}`, state: 'OK' }));
  mock.change = (now) => (now.counts = { OK: ROWS, ALARM: 0, INSUFFICIENT_DATA: 0, observing: 0 });
  const { page } = await openConsole(browser, mock.url, { lang: 'en', hash: '#/alarms' });
  await page.waitForSelector('main tbody [data-row]');
  await page.evaluate(recordFrames);
  const scrolling = await framesWhile(page, async () => {
    await page.mouse.move(700, 500);
    for (let i = 0; i < 60; i++) {
      await page.mouse.wheel(0, 400);
      await page.waitForTimeout(16);
    }
    await page.evaluate(() => document.getElementById('main').scrollTo(0, 1e9));
    await page.getByText(`alarm-${ROWS - 1}`).waitFor();
  });
  const rows = await page.locator('main tbody tr').count();
  await page.close();
  return { scrolling, rows };
}

// --- the report ---------------------------------------------------------------------

const ms = (value) => `${Math.round(value)} ms`;
const line = (name, { frames, median, p95, longest, task }) =>
  console.log(`${name}: ${frames} frames, median ${ms(median)}, 95% ${ms(p95)}, longest ${ms(longest)}; longest task ${ms(task)} of processor`);

if (!existsSync(join(DIST, 'index.html'))) {
  console.error(`${DIST} holds no console; build it first (cmake builds it into build/console/dist).`);
  process.exit(2);
}
const mock = await startMock({ dist: DIST });
mock.prepared = matrix;
const browser = await startBrowser();
let over = [];
try {
  const measured = await plot(browser, mock);
  const { scrolling, rows } = await list(browser, mock);
  console.log(`1,000,000 points (${SERIES} series): first drawing after ${ms(measured.firstDrawing)}, heap ${Math.round(measured.heap / 1e6)} MB`);
  line('  while they arrive', measured.arriving);
  line('  zooming and moving', measured.zooming);
  line('  pointing', measured.pointing);
  console.log(`${ROWS} rows, ${rows} of them drawn`);
  line('  scrolling', scrolling);
  const figures = {
    firstDrawingMs: measured.firstDrawing, arrivingTaskMs: measured.arriving.task,
    zoomingTaskMs: measured.zooming.task, scrollingTaskMs: scrolling.task,
  };
  over = Object.entries(BOUNDS).filter(([name, bound]) => !(figures[name] <= bound)).map(([name, bound]) => `${name} ${ms(figures[name])} of ${ms(bound)}`);
} finally {
  await browser.close();
  await mock.close();
}
if (over.length > 0) {
  console.error(`over its bound: ${over.join(', ')}`);
  process.exit(1);
}
