import type { Locale } from '../../common/locale';
import { shownText } from './shown-text';

type Mark = readonly [pattern: RegExp, name: string];

/** The first that fits counts: most browsers name those whose kin they are besides themselves. */
const browsers: readonly Mark[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|OPT|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bVersion\/\S+ (?:Mobile\/\S+ )?Safari\//, 'Safari'],
];

const systems: readonly Mark[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  // An iPad says this too, unless its person has asked for mobile pages.
  [/\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

const longestAgent = 60;
const words = {
  es: { on: 'en', unknown: 'Dispositivo desconocido' },
  en: { on: 'on', unknown: 'Unknown device' },
};

/**
 * A name by which people know their devices again: browser and system, as far as `User-Agent` (RFC 9110 section 10.1.5) tells them.
 * Anything else is shown as it came, cut at 60 characters. Clients may say what they like, so nothing is decided by it.
 */
export function deviceName(userAgent: string, locale: Locale): string {
  const { on, unknown } = words[locale];
  const browser = nameIn(userAgent, browsers);
  const system = nameIn(userAgent, systems);
  // Browsers, and they alone, begin like this.
  if (userAgent.startsWith('Mozilla/5.0 (') && browser !== undefined)
    return system === undefined ? browser : `${browser} ${on} ${system}`;
  return shownText(userAgent.trim(), longestAgent) || unknown;
}

function nameIn(userAgent: string, marks: readonly Mark[]): string | undefined {
  return marks.find(([pattern]) => pattern.test(userAgent))?.[1];
}
