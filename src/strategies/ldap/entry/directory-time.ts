/** How directories write points in time, as milliseconds since 1970. */

/** Both mean "never" in Active Directory, depending on the attribute and on who wrote it. */
const neverFiletime = 0x7fffffffffffffffn;
const filetimeEpochMs = 11_644_473_600_000n;

/** 100 ns since 1601 (FILETIME, MS-DTYP section 2.3.3). Undefined for 0 and for the highest value, and for what is no FILETIME. */
export function filetimeMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return undefined;
  const filetime = BigInt(text);
  if (filetime === 0n || filetime >= neverFiletime) return undefined;
  return Number(filetime / 10_000n - filetimeEpochMs);
}

const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,]\d+)?(?:Z|([+-])(\d\d)(\d\d)?)$/;
const minuteMs = 60_000;

/** GeneralizedTime (RFC 4517 section 3.3.13), without its fractions. Undefined for what is none. */
export function generalizedTimeMs(text: string | undefined): number | undefined {
  const parts = generalizedTime.exec(text ?? '');
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(asNumber);
  const [, , , , , , , sign, offsetHours, offsetMinutes] = parts;
  const offset = (asNumber(offsetHours) * 60 + asNumber(offsetMinutes)) * minuteMs;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return sign === '-' ? local + offset : local - offset;
}

function asNumber(digits: string | undefined): number {
  return Number(digits ?? 0);
}
