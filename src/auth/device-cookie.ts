import type { FastifyRequest } from 'fastify';
import { cookieIsSecure } from '../config/check-settings';
import type { Settings } from '../config/settings';

/** By which a browser is known as a device of somebody who has logged in with it. */
export const deviceCookieName = 'gatehouse_device';

/** Other applications on the host may set cookies of the same name, but hardly more. */
const mostDeviceCookies = 4;
/** Characters of the header that are looked at; browsers send less. */
const longestHeader = 16 * 1024;

type CookieSettings = Pick<
  Settings,
  'NODE_ENV' | 'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_DOMAIN' | 'LOCKOUT_DEVICE_TTL_SECONDS'
>;

/** The `Set-Cookie` value that lets a browser be known again. A logout leaves it. */
export function deviceCookie(settings: CookieSettings, deviceToken: string): string {
  return [
    `${deviceCookieName}=${deviceToken}`,
    'HttpOnly',
    `Max-Age=${settings.LOCKOUT_DEVICE_TTL_SECONDS}`,
    'Path=/',
    `SameSite=${settings.COOKIE_SAMESITE}`,
    ...(settings.COOKIE_DOMAIN ? [`Domain=${settings.COOKIE_DOMAIN}`] : []),
    ...(cookieIsSecure(settings) ? ['Secure'] : []),
  ].join('; ');
}

/** What the device cookies of a request hold, in their order. Nothing of them is checked. */
export function deviceTokensOf({ headers }: Pick<FastifyRequest, 'headers'>): readonly string[] {
  return (headers.cookie ?? '')
    .slice(0, longestHeader)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${deviceCookieName}=`))
    .map((pair) => pair.slice(deviceCookieName.length + 1))
    .slice(0, mostDeviceCookies);
}
