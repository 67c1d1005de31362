/**
 * How soon the admin page can be used, in a real browser whose processor is made slower (CDP
 * `Emulation.setCPUThrottlingRate`). Each visit is that of a new visitor, so nothing is cached.
 *
 * Shown as the median of the visits, with minimum and maximum: until the first byte of `/`, and until the page can be used,
 * which is when what the visitor came for is on the screen and the page has time for input.
 *
 * `npm run bench:page [-- visits slowdown]`
 */
import { TestBrowser } from '../test/support/browser.ts';
import { Rig } from './rig.ts';
import { TOKEN } from './service-process.ts';
import { spread } from './statistics.ts';

const VISITS = Number(process.argv[2] ?? 9);
const SLOWDOWN = Number(process.argv[3] ?? 4);
const WEBHOOKS = 20;
/** What issue 18 asks for. */
const WANTED = { firstByteMs: 50, usableMs: 1_500 };

/** Each with what must be on the screen. */
const VIEWS = [
  { name: '`/`, the form to sign in', path: '/', shows: 'input[type=password]' },
  { name: '`/webhooks`, signed in: the table', path: `/webhooks#token=${TOKEN}`, shows: 'tbody tr a' },
  { name: '`/`, signed in: the overview', path: `/#token=${TOKEN}`, shows: 'figure svg' },
];

interface Visit {
  readonly firstByteMs: number;
  readonly usableMs: number;
}

/** In the page: notes when something is there, and then when the page has time again. */
const WATCH = (selector: string): string => `
  const look = () => {
    if (document.querySelector(${JSON.stringify(selector)}) === null) requestAnimationFrame(look);
    else setTimeout(() => { globalThis.canBeUsed(performance.now()); });
  };
  requestAnimationFrame(look);`;

async function visit(browser: TestBrowser, url: string, shows: string): Promise<Visit> {
  const { page, close } = await browser.open('about:blank', { reducedMotion: 'no-preference' });
  try {
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    const usable = Promise.withResolvers<number>();
    await page.exposeFunction('canBeUsed', usable.resolve);
    await page.addInitScript(WATCH(shows));
    await page.goto(url);
    await page.locator(shows).first().waitFor();
    const firstByteMs = await page.evaluate<number>(
      'performance.getEntriesByType("navigation")[0].responseStart',
    );
    return { firstByteMs, usableMs: await usable.promise };
  } finally {
    await close();
  }
}

function cell(values: readonly number[], wanted: number): string {
  const { median, min, max } = spread(values.map(Math.round));
  return `${median} (${min}–${max}) ${median <= wanted ? '✓' : '✗'}`;
}

const rig = await Rig.start();
const browser = await TestBrowser.launch();
const webhooks = Array.from({ length: WEBHOOKS }, (_, index) => ({ url: rig.sink.url(`/ok/page-${index}`) }));
const { url: databaseUrl } = await rig.databaseWith('page', webhooks);
const service = await rig.startService('page', { DATABASE_URL: databaseUrl });
try {
  const visits = VIEWS.map((): Visit[] => []);
  // The first round is for the service and the disk.
  for (let round = 0; round <= VISITS; round += 1) {
    for (const [index, { path, shows }] of VIEWS.entries()) {
      const one = await visit(browser, service.url + path, shows);
      if (round > 0) visits[index]?.push(one);
    }
  }
  console.log(`\n${VISITS} visits each, the processor ${SLOWDOWN} times slower\n`);
  console.log(
    `|  | first byte ms (wanted ≤ ${WANTED.firstByteMs}) | can be used after ms (wanted ≤ ${WANTED.usableMs}) |`,
  );
  console.log('| --- | --- | --- |');
  for (const [index, { name }] of VIEWS.entries()) {
    const own = visits[index] ?? [];
    const firstByte = cell(
      own.map(({ firstByteMs }) => firstByteMs),
      WANTED.firstByteMs,
    );
    const usable = cell(
      own.map(({ usableMs }) => usableMs),
      WANTED.usableMs,
    );
    console.log(`| ${name} | ${firstByte} | ${usable} |`);
  }
} finally {
  await service.stop();
  await browser.close();
  await rig.close();
}
