/** All digits down to the second, as servers write it; RFC 4517 section 3.3.13 would allow fewer. */
const wholeTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,](\d{1,9}))?Z$/;
const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A GeneralizedTime in UTC as ISO 8601 with milliseconds, such as `2026-01-31T23:59:59.000Z`. Undefined for every other text, and for
 * the year 0, by which `000001010000Z` and its kin mean "for ever".
 */
export function isoTimeOf(text: string): string | undefined {
  const [, year, month, day, hour, minute, second, fraction = ''] = wholeTime.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined || year === '0000') return undefined;
  if (Number(day) < 1 || Number(day) > (daysOfMonth[Number(month) - 1] ?? 0)) return undefined;
  // A leap second is a time as well.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`;
}
