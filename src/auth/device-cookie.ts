import type { FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings';
import { cookieLine, cookieName, type CookieSettings, cookieValuesOf } from './cookie';

/** By which a browser is known as a device of somebody who has logged in with it. Without the prefix of COOKIE_PREFIX. */
export const deviceCookieName = 'gatehouse_device';

/** Other applications on the host may set cookies of the same name, but hardly more. */
const mostDeviceCookies = 4;

/** The `Set-Cookie` value that lets a browser be known again. A logout leaves it. */
export function deviceCookie(
  settings: CookieSettings & Pick<Settings, 'LOCKOUT_DEVICE_TTL_SECONDS'>,
  deviceToken: string,
): string {
  const maxAgeSeconds = settings.LOCKOUT_DEVICE_TTL_SECONDS;
  return cookieLine(settings, { name: deviceCookieName, path: '/', value: deviceToken, maxAgeSeconds });
}

/** What the device cookies of a request hold, in their order. Nothing of them is checked. */
export function deviceTokensOf(
  request: Pick<FastifyRequest, 'headers'>,
  settings: Pick<Settings, 'COOKIE_PREFIX'>,
): readonly string[] {
  return cookieValuesOf(request, cookieName(settings, deviceCookieName), mostDeviceCookies);
}
