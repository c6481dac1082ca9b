import { isWebOrigin } from './page-settings';
import { choice, flag, integer, list, type Setting, SettingFault, text, type ValuesOf } from './setting';

const dayInSeconds = 24 * 60 * 60;

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** The last label begins with a letter, as no IP address does. */
const domainForm = new RegExp(`^\\.?(?=.{1,253}$)(?:${label}\\.)+(?=[a-z])${label}$`, 'i');

/** A domain that browsers take cookies for (RFC 6265 section 5.2.3): two labels at least, because they refuse those of a top-level domain. */
function cookieDomain(options: { readonly meaning: string }): Setting<string | undefined> {
  return {
    ...text({ ...options, type: 'DNS name' }),
    parse: (value) => {
      if (domainForm.test(value)) return value;
      throw new SettingFault(
        'must be a DNS name of two or more labels, such as example.org, and no IP address; other alphabets in punycode (xn--…)',
      );
    },
  };
}

/** Cookies, the origins whose pages may call, and what browsers are told about both. */
export const browserSettings = {
  COOKIE_SECURE: flag({
    follows: 'NODE_ENV',
    meaning: 'Whether the cookies are `Secure`; if absent, true in production.',
  }),
  COOKIE_SECURE_OVERRIDE: flag({
    default: false,
    meaning:
      'Set to true to allow COOKIE_SECURE=false in production. Refresh tokens then cross the network readable.',
  }),
  COOKIE_SAMESITE: choice({
    of: ['Lax', 'Strict', 'None'],
    default: 'Lax',
    meaning: '`SameSite` of the cookies; `None` needs COOKIE_SECURE.',
  }),
  COOKIE_PREFIX: choice({
    of: ['none', '__Secure-', '__Host-'],
    default: 'none',
    meaning:
      'What the names of the cookies begin with. Browsers take a `__Secure-` cookie over HTTPS alone, and a `__Host-` cookie also from ' +
      'no other host; both need COOKIE_SECURE, `__Host-` excludes COOKIE_DOMAIN and gives every cookie the path `/`. ' +
      'A change logs everybody out who has a cookie.',
  }),
  ALLOWED_ORIGINS: list({
    type: 'list of origins',
    accept: (item) =>
      isOrigin(item)
        ? undefined
        : 'must hold origins such as https://app.example.org, or capacitor://localhost of an app',
    meaning:
      'Origins whose pages may call the API, with credentials (CORS). Requests that a browser sends from pages of any other origin and that ' +
      'could change something are answered 403. Pages of the gateway’s own origin need no entry.',
  }),
  COOKIE_DOMAIN: cookieDomain({
    meaning: '`Domain` of the cookies; if absent, only the host that set it gets it back.',
  }),
  HSTS_MAX_AGE_SECONDS: integer({
    default: 365 * dayInSeconds,
    min: 0,
    max: 2 * 365 * dayInSeconds,
    unit: 's',
    meaning:
      'How long browsers use nothing but HTTPS for this host after an answer (`Strict-Transport-Security`), where the cookies are `Secure`; ' +
      '0 makes them forget it.',
  }),
  HSTS_INCLUDE_SUBDOMAINS: flag({
    default: false,
    meaning: 'Whether that holds for all hosts below this one too, whoever runs them.',
  }),
};

type BrowserSettings = Pick<
  ValuesOf<typeof browserSettings>,
  'COOKIE_SECURE' | 'COOKIE_SAMESITE' | 'COOKIE_PREFIX' | 'COOKIE_DOMAIN'
> & { readonly NODE_ENV: string };

/** Whether cookies are `Secure`: as set, else in production only. */
export function cookieIsSecure(settings: Pick<BrowserSettings, 'NODE_ENV' | 'COOKIE_SECURE'>): boolean {
  return settings.COOKIE_SECURE ?? settings.NODE_ENV === 'production';
}

/** What makes browsers drop the cookies (RFC 6265bis sections 4.1.3 and 5.7). Names variables, never values. */
export function cookieFaults(settings: BrowserSettings): string[] {
  const { COOKIE_PREFIX: prefix, COOKIE_SAMESITE: sameSite } = settings;
  const isSecure = cookieIsSecure(settings);
  const demands: [boolean, string][] = [
    [
      sameSite !== 'None' || isSecure,
      'COOKIE_SAMESITE=None needs COOKIE_SECURE=true, or browsers drop the cookie',
    ],
    [
      prefix === 'none' || isSecure,
      `COOKIE_PREFIX=${prefix} needs COOKIE_SECURE=true, or browsers drop the cookie`,
    ],
    [
      prefix !== '__Host-' || settings.COOKIE_DOMAIN === undefined,
      'COOKIE_PREFIX=__Host- excludes COOKIE_DOMAIN, or browsers drop the cookie',
    ],
  ];
  return demands.filter(([isMet]) => !isMet).map(([, fault]) => fault);
}

/** The schemes of pages that apps bring along, beside those of the web. Pages of files and opaque origins have none (`null`). */
const appOrigin = /^(?!https?:|file:)[a-z][a-z0-9+.-]{0,31}:\/\/[a-z0-9][a-z0-9._-]{0,253}(?::\d{1,5})?$/;

function isOrigin(item: string): boolean {
  // The form lets ports through that there are not.
  return (appOrigin.test(item) && URL.canParse(item)) || isWebOrigin(item);
}
