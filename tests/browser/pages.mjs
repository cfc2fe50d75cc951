// Open report pages in Chromium without network, at desktop and phone width, light and dark, and on paper.
// Prints one JSON line a page and state: accessibility violations (axe-core), sideways overflow, requests,
// script errors; on the desktop also what the Tab key does not reach in view, and on paper what may be torn
// by a page break and the sizes of the printed pages. Arguments: path of Chromium, then the pages.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env.XJR_NODE + '/');
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const [executablePath, ...pages] = process.argv.slice(2);
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const states = [
  { name: 'desktop', width: 1200, colorScheme: 'light', media: 'screen' },
  { name: 'dark', width: 1200, colorScheme: 'dark', media: 'screen' },
  { name: 'phone', width: 390, colorScheme: 'light', media: 'screen' },
  { name: 'paper', width: 673, colorScheme: 'light', media: 'print' }, // A4 less its margins
];

// Everything that takes the focus gets it by the Tab key alone, in order, and is then in view.
async function unreached(page) {
  const wanted = await page.evaluate(() => {
    window.wanted = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter((e) => e.checkVisibility());
    return window.wanted.length;
  });
  const missed = [];
  for (let number = 0; number < wanted; number++) {
    await page.keyboard.press('Tab');
    const missing = await page.evaluate((number) => {
      const element = window.wanted[number], box = element.getBoundingClientRect();
      const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      const marked = getComputedStyle(element).outlineStyle !== 'none';
      return document.activeElement === element && seen && marked ? '' : element.outerHTML.slice(0, 120);
    }, number);
    if (missing) missed.push(missing);
  }
  return missed;
}

// Charts and rows that a page break may cut: allowed to by the style sheet, or taller than a page.
function torn(page) {
  return page.evaluate(() => [...document.querySelectorAll('figure, tr')]
    .filter((e) => getComputedStyle(e).breakInside !== 'avoid' || e.getBoundingClientRect().height > 970)
    .map((e) => e.outerHTML.slice(0, 80)));
}

async function sizes(page) {
  const text = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  return [...text.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, ...size]) => size.map(Math.round));
}

const browser = await chromium.launch({ executablePath, args: flags });
for (const state of states) {
  const context = await browser.newContext({
    bypassCSP: true, offline: true, colorScheme: state.colorScheme, viewport: { width: state.width, height: 900 },
  });
  for (const path of pages) {
    const page = await context.newPage();
    const requests = [], errors = [];
    page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) requests.push(request.url()); });
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.emulateMedia({ media: state.media });
    await page.goto(pathToFileURL(path).href);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const more = state.name === 'desktop' ? { unreached: await unreached(page) }
      : state.name === 'paper' ? { torn: await torn(page), sizes: await sizes(page) } : {};
    await page.addScriptTag({ content: axe });
    const violations = await page.evaluate(async () => {
      const found = await window.axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 120)}`);
    });
    console.log(JSON.stringify({ path, state: state.name, overflow, violations, requests, errors, ...more }));
    await page.close();
  }
  await context.close();
}
await browser.close();
