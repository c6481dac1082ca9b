import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { testCertificates } from '../servers/certificates';
import { ServiceFront } from '../servers/service-front';
import { type JsonObject, objectOf } from './client';
import { type RunningGateway, startGateway } from './gateway';

/** An empty page that every host has at this path; all other paths are the gateway's. */
const pagePath = '/page';
const page = {
  status: 200,
  body: '<!doctype html><title>p</title>',
  headers: { 'content-type': 'text/html' },
};

/** A gateway behind a proxy that takes TLS off, whose hosts differ only by name. */
export interface BrowserBench {
  readonly gateway: RunningGateway;
  /** The origin of one of its hosts, such as `https://sso.example.test:40123`. */
  origin(host: string): string;
  /** Opens the empty page of a host. */
  visit(context: BrowserContext, host: string): Promise<Page>;
  stop(): Promise<void>;
}

interface BenchOptions {
  /** Hosts of ALLOWED_ORIGINS. */
  readonly allowed?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly scheme?: 'http' | 'https';
}

/** Starts the front first, because the origins of its hosts hold its port. */
export async function browserBench(options: BenchOptions = {}): Promise<BrowserBench> {
  const { allowed = [], env = {}, scheme = 'https' } = options;
  const { keyFile, certFile } = await testCertificates();
  const tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  const behind = { port: 0 };
  const front = await ServiceFront.start({
    behind,
    answers: { [pagePath]: page, '/favicon.ico': { status: 404 } },
    ...(scheme === 'https' && { tls }),
  });
  const origin = (host: string) => `${scheme}://${host}:${new URL(front.url).port}`;
  const gateway = await startGateway({
    TRUSTED_PROXIES: '127.0.0.1',
    COOKIE_SECURE: String(scheme === 'https'),
    RATE_LIMIT_AUTH_MAX: '1000',
    RATE_LIMIT_MAX: '1000',
    ...(allowed.length > 0 && { ALLOWED_ORIGINS: allowed.map(origin).join() }),
    ...env,
  }).catch(async (error: unknown) => {
    await front.stop();
    throw error;
  });
  behind.port = Number(new URL(gateway.url).port);
  return {
    gateway,
    origin,
    visit: async (context, host) => {
      const opened = await context.newPage();
      await opened.goto(origin(host) + pagePath);
      return opened;
    },
    stop: async () => {
      await front.stop();
      await gateway.stop();
    },
  };
}

export interface Fetched {
  /** 0 where the browser shows the page nothing. */
  readonly status: number;
  readonly body: JsonObject;
}

/** What a script of the page gets for a `fetch` with the cookies that the browser has. */
export async function fetchIn(opened: Page, url: string, init: JsonObject = {}): Promise<Fetched> {
  const options = JSON.stringify({ method: 'POST', credentials: 'include', ...init });
  const script =
    `fetch(${JSON.stringify(url)}, ${options})` +
    '.then(async (answer) => ({ status: answer.status, body: await answer.json().catch(() => ({})) }))' +
    '.catch(() => ({ status: 0, body: {} }))';
  const fetched = objectOf(await opened.evaluate<unknown>(script));
  return { status: Number(fetched['status']), body: objectOf(fetched['body']) };
}

export function jsonBody(body: JsonObject): JsonObject {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
