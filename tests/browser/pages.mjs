// Open report pages in Chromium without network, at desktop and phone width, light and dark, and on paper.
// Prints one JSON line a page and state: accessibility violations (axe-core), sideways overflow, requests,
// and script errors. Arguments: path of Chromium, then the pages.
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
    await page.addScriptTag({ content: axe });
    const violations = await page.evaluate(async () => {
      const found = await window.axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].html.slice(0, 120)}`);
    });
    console.log(JSON.stringify({ path, state: state.name, overflow, violations, requests, errors }));
    await page.close();
  }
  await context.close();
}
await browser.close();
