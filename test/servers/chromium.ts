import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { installedProgram } from './process';

/** Long, because many test servers may start at the same time. */
const startTimeoutMs = 60_000;

/**
 * A real browser without a window, for the whole of a test file. It finds every host below `test` on this machine and reaches no other
 * name. playwright-core keeps its profile in a folder of its own and removes it at the end.
 */
export class Chromium {
  private constructor(private readonly browser: Browser) {}

  /** @throws Error when it is not installed, or does not start in time. */
  static async start(): Promise<Chromium> {
    const browser = await chromium.launch({
      executablePath: installedProgram('/usr/bin/chromium-headless-shell', '/usr/bin/chromium'),
      args: [
        '--no-sandbox',
        '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
      timeout: startTimeoutMs,
    });
    return new Chromium(browser);
  }

  /** Somebody's browser with an empty cookie jar. It takes the certificates of the tests. */
  async visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, ...options });
    context.setDefaultTimeout(startTimeoutMs);
    return context;
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}
