import { flag, list, type Setting, SettingFault, text } from './setting';

/** Characters of PAGE_NAME. */
const longestPageName = 100;

/** The pages that people see: login, account, administration. */
export const pageSettings = {
  PAGES: flag({
    default: true,
    meaning:
      'Whether there are pages: `/login`, `/account`, `/admin`. Never with EXTERNAL_AUTH_MODE=relay, where the source keeps the sessions.',
  }),
  PAGE_NAME: pageName({
    default: 'Gatehouse',
    meaning: `Name of the organisation or service, in the heading and the title of the pages; ${longestPageName} characters at most.`,
  }),
  PAGE_COLOR: color({
    default: '#1d5fb4',
    meaning: 'Colour of buttons and links. Shades with enough contrast to be read are made of it.',
  }),
  PAGE_LOGO_FILE: text({
    type: 'path',
    meaning: 'Image above the name: SVG, PNG or WebP, of 64 KiB at most. Read at the start.',
  }),
  LOGIN_PAGE_URL: webPage({
    meaning:
      'Address of the login page as browsers know it, where proxies send people who have to log in; if absent, `/login` below JWT_ISSUER.',
  }),
  RETURN_ORIGINS: list({
    type: 'list of origins',
    accept: (item) => (isWebOrigin(item) ? undefined : 'must hold origins such as https://wiki.example.org'),
    meaning:
      'Origins besides ALLOWED_ORIGINS and the gateway’s own to which the login page may lead back (`return_to`), such as those of applications ' +
      'behind a proxy. It gives their pages no other right.',
  }),
};

/** Whether a text is the origin of a page of the web as browsers write it (RFC 6454 section 6.2). */
export function isWebOrigin(item: string): boolean {
  return /^https?:\/\/[^*]+$/.test(item) && URL.canParse(item) && new URL(item).origin === item;
}

function webPage(options: Pick<Described, 'meaning'>): Setting<string | undefined> {
  return {
    ...text({ ...options, type: 'URL' }),
    parse: (value) => {
      // Written out in full, without a name or password within: people are sent there.
      if (/^https?:\/\/[^/?#@\\\s]+(?:[/?#]|$)/.test(value) && URL.canParse(value)) return value;
      throw new SettingFault('must be an address such as https://id.example.org/login');
    },
  };
}

interface Described {
  readonly meaning: string;
  readonly default: string;
}

function pageName(options: Described): Setting<string> {
  return {
    ...text(options),
    parse: (value) => {
      if (/\p{Cc}/u.test(value) || [...value].length > longestPageName) {
        throw new SettingFault(
          `must have ${longestPageName} characters at most, and no control characters among them`,
        );
      }
      return value;
    },
  };
}

/** A colour of sRGB in hexadecimal digits; upper and lower case are the same. */
function color(options: Described): Setting<string> {
  return {
    ...text({ ...options, type: '`#rrggbb`' }),
    parse: (value) => {
      if (/^#[0-9a-f]{6}$/i.test(value)) return value.toLowerCase();
      throw new SettingFault('must be a colour such as #1d5fb4');
    },
  };
}
