import type { FastifyRequest } from 'fastify';
import { loginPage, returnAddress } from '../auth/return-address';
import { clearedSessionCookie } from '../auth/session-cookie';
import { type ErrorDialect, type ErrorReply, errorReply, type ReplyOptions } from '../common/error-reply';
import type { GatehouseError } from '../common/gatehouse-error';
import { TrustedProxies } from '../common/trusted-proxies';
import type { Settings } from '../config/settings';
import { errorPage } from './error-page';
import { goesToPage, type OriginalRequest, originalRequest, prefixPath } from './original-request';

/** Where proxies ask that know no answer but 2xx, 401 and 403 (nginx): the address of the login page comes in a header of the 401. */
const redirectHeader = 'X-Auth-Redirect';

/**
 * How a refusal is told to a proxy, which mostly hands it to the browser as it is: to somebody who goes to a page by a redirect to the
 * login page (401) or by a page, to all others as everywhere. Only the first clears a dead cookie: the late answer to a script or an
 * image could otherwise clear that of a login which has taken its place. What the proxy tells of the request counts only from TRUSTED_PROXIES.
 */
export function verifyErrors(settings: Settings): ErrorDialect {
  const proxies = new TrustedProxies(settings.TRUSTED_PROXIES);
  const login = loginPage(settings);
  return {
    paths: /^\/api\/auth\/verify(?:\/|$)/,
    writeFor: (error, options, request) => {
      const original = login && pageThatIsAskedFor(request, proxies);
      if (!original) return errorReply(error, options);
      const brand = settings.PAGE_NAME;
      if (error.status !== 401) return pageReply(error, options, brand);
      const address = withReturn(login, returnAddress(settings, original.address));
      const cookies = clearedCookie(request, settings);
      return asksForNoRedirect(request)
        ? withHeaders(errorReply(error, options), { ...cookies, [redirectHeader]: address })
        : { status: 302, headers: { ...cookies, Location: address }, body: '' };
    },
  };
}

function pageThatIsAskedFor(request: FastifyRequest, proxies: TrustedProxies): OriginalRequest | undefined {
  if (!proxies.include(request.socket.remoteAddress ?? '')) return undefined;
  const original = originalRequest(request);
  return original && goesToPage(original, request.headers) ? original : undefined;
}

/** Without an address that a login may lead back to, the login page leads where it leads by itself. */
function withReturn(login: URL, address: URL | undefined): string {
  const target = new URL(login);
  if (address) target.searchParams.set('return_to', address.href);
  return target.href;
}

/** Behind the prefix path the query is the client's. */
function asksForNoRedirect({ query, url }: FastifyRequest): boolean {
  if (url.startsWith(prefixPath) || typeof query !== 'object' || query === null) return false;
  return 'redirect' in query && query.redirect === 'never';
}

function clearedCookie({ sessionCookie }: FastifyRequest, settings: Settings): Record<string, string> {
  return sessionCookie ? { 'Set-Cookie': clearedSessionCookie(settings, sessionCookie.name) } : {};
}

function withHeaders(reply: ErrorReply, headers: ErrorReply['headers']): ErrorReply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function pageReply(error: GatehouseError, options: ReplyOptions, brand: string): ErrorReply {
  const { status, headers } = errorReply(error, options);
  const { locale, requestId } = options;
  const body = errorPage({ text: error.text[locale], brand, locale, requestId });
  return { status, headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' }, body };
}
