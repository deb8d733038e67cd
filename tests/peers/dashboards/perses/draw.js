// usage: draw URL PICTURE    Waits until nothing loads any more; says what the page shows, as JSON.
const fs = require('fs');
const { chromium } = require('playwright-core');

(async () => {
  const [url, picture] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1400, height: 4600 }, reducedMotion: 'reduce' });
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  const panels = page.getByTestId('panel');
  await panels.first().waitFor({ timeout: 120000 });
  await page.waitForFunction(() => !document.querySelector('.MuiSkeleton-root, [role=progressbar]'), null, { timeout: 120000 });
  await page.waitForTimeout(2500); // charts grow into place
  const shown = await panels.evaluateAll((all) => all.map((panel) => ({ text: panel.innerText, charts: panel.querySelectorAll('canvas').length })));
  const height = await panels.evaluateAll((all) => Math.max(...all.map((panel) => panel.getBoundingClientRect().bottom)) + 12);
  const session = await page.context().newCDPSession(page);
  const clip = { x: 0, y: 0, width: 1400, height, scale: 1 };
  const format = picture.endsWith('.png') ? { format: 'png' } : { format: 'webp', quality: 50 };
  const shot = await session.send('Page.captureScreenshot', { ...format, clip });
  fs.writeFileSync(picture, Buffer.from(shot.data, 'base64'));
  console.log(JSON.stringify({ faults, panels: shown }));
  await browser.close();
})();
