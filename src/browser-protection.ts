import type { SecurityHeadersOptions } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cookieIsSecure } from './config/browser-settings';
import type { Settings } from './config/settings';

/** Keeps pages of other origins from acting for their visitor, and tells browsers what answers may be used for (ADR 0018). */
export function protectBrowsers(
  app: NestFastifyApplication,
  settings: Settings,
  { hasOwnRoutes = false }: { readonly hasOwnRoutes?: boolean } = {},
): void {
  app.useSecurityHeaders(securityHeaders(settings));
  app.enableCsrfProtection({
    trustedOrigins: [...settings.ALLOWED_ORIGINS],
    exclude: (request: FastifyRequest) => isSentToUsByProxy(request) || isLogoutOfApplication(request),
  });
  allowOrigins(app, settings, hasOwnRoutes ? methodsOfAnyApi : methodsOfGateway);
}

type SentHeaders = Readonly<Record<string, string>>;

/** For JSON: nothing may be loaded, framed or run from an answer. Pages that need more say so themselves. */
const strictPolicy = {
  useDefaults: false,
  directives: { defaultSrc: "'none'", frameAncestors: "'none'", baseUri: "'none'", formAction: "'none'" },
};

function securityHeaders(settings: Settings): SecurityHeadersOptions {
  return {
    contentSecurityPolicy: strictPolicy,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: cookieIsSecure(settings) && {
      maxAge: settings.HSTS_MAX_AGE_SECONDS,
      includeSubDomains: settings.HSTS_INCLUDE_SUBDOMAINS,
    },
    xContentTypeOptions: true,
    xFrameOptions: { action: 'deny' },
    // No browser of today reads these, or not from an API.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  };
}

/**
 * The API page: its own scripts and styles, the description from the gateway itself, and the two inline styles that it has.
 * Requests that are tried out go to the own origin.
 */
const apiPagePolicy = [
  ...[
    "default-src 'none'",
    "script-src 'self'",
    "script-src-attr 'none'",
    "style-src 'self' 'unsafe-inline'",
  ],
  ...["img-src 'self' data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"],
  "frame-ancestors 'none'",
].join(';');

const apiPage = /^\/docs(?:\/|$)/;
/** Keys, discovery and the feed of ended sessions hold nothing of anybody's; pages of all sites may have them embedded. */
const publicRoutes = /\/\.well-known\/|^\/api\/auth\/revocations$/;

/** Gives the few routes their headers that differ from all others. To be called before there are routes. */
export function adjustSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    const headers = {
      ...(apiPage.test(route.url) && { 'Content-Security-Policy': apiPagePolicy }),
      ...(publicRoutes.test(route.url) && { 'Cross-Origin-Resource-Policy': 'cross-origin' }),
    };
    if (Object.keys(headers).length === 0) return;
    const others = [route.onRequest ?? []].flat();
    route.onRequest = [
      ...others,
      (_request, reply, done) => {
        void reply.headers(headers);
        done();
      },
    ];
  });
}

const methodsOfGateway = ['GET', 'HEAD', 'POST', 'DELETE'];
/** For the routes of an application that embeds the gateway. */
const methodsOfAnyApi = [...methodsOfGateway, 'PUT', 'PATCH'];

/** CORS for exactly the listed origins, with cookies (Fetch standard, section 3.2). Without any, browsers keep to one origin. */
function allowOrigins(
  app: NestFastifyApplication,
  { ALLOWED_ORIGINS: origins, COMPAT }: Settings,
  methods: readonly string[],
): void {
  if (origins.length === 0) return;
  const granted = {
    origin: [...origins],
    credentials: true,
    methods: [...methods],
    allowedHeaders: [
      ...['Authorization', 'Content-Type', 'Accept-Language', 'If-None-Match', 'X-Request-Id'],
      ...(COMPAT.includes('genauth') ? ['X-Authing-App-Id'] : []),
      // What pages of the Django back end send, though nothing here reads them.
      ...(COMPAT.includes('django') ? ['X-CSRFToken', 'X-Requested-With', 'X-API-Token'] : []),
    ],
    exposedHeaders: [
      ...['X-Request-Id', 'ETag', 'Retry-After', 'WWW-Authenticate'],
      ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
    ],
    maxAge: 600,
  };
  app.enableCors({
    // A bare OPTIONS is no preflight, and gets the answer of any method that a path does not have.
    delegator: (request, done) => done(null, { ...granted, preflight: isPreflight(request) }),
  });
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Gives every answer its security headers, unless it has others of its own; and their headers to answers of @fastify/cors, whose hook
 * runs before all of ours.
 */
export function completeAnswers(server: FastifyInstance, securityHeaders: () => SentHeaders): void {
  let headers: readonly (readonly [string, string])[] | undefined;
  server.addHook('onSend', (request, reply, _payload, done) => {
    headers ??= Object.entries(securityHeaders()).map(([name, value]) => [name.toLowerCase(), value]);
    for (const [name, value] of headers) if (!reply.hasHeader(name)) void reply.header(name, value);
    if (request.method === 'OPTIONS' && !reply.hasHeader('X-Request-Id')) {
      void reply.headers({ 'X-Request-Id': request.id, 'Cache-Control': 'no-store' });
    }
    done();
  });
}

/**
 * A page of our own that a browser without Fetch Metadata speaks of, where a proxy has changed `Host` and put the name that the
 * browser used into `X-Forwarded-Host`. Fastify reads that only from TRUSTED_PROXIES.
 */
function isSentToUsByProxy({ headers, host }: FastifyRequest): boolean {
  const { origin = '', 'sec-fetch-site': site } = headers;
  if (site !== undefined || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  // The scheme is not compared: a proxy may have taken the encryption off.
  const own = `${protocol}//${host}`;
  return URL.canParse(own) && new URL(own).host === originHost;
}

/**
 * A form by which an application on its own origin ends the session of its ID token (OpenID Connect RP-Initiated Logout 1.0 section 2).
 * No cookie counts there, so that no page can have its visitor prove anything.
 */
function isLogoutOfApplication({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === '/oidc/session/end';
}
