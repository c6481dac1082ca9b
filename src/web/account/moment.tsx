import type { VNode } from 'preact';
import type { Locale } from '../../common/locale';

const dateOptions = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const;
const dateFormats = {
  es: new Intl.DateTimeFormat('es', dateOptions),
  en: new Intl.DateTimeFormat('en-GB', dateOptions),
};
const distanceFormats = {
  es: new Intl.RelativeTimeFormat('es', { numeric: 'auto' }),
  en: new Intl.RelativeTimeFormat('en', { numeric: 'auto' }),
};

export interface MomentProps {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly locale: Locale;
}

/** A point in time in UTC, and saying so: without a script nobody knows the time zone of a browser. */
export function Moment({ atMs, locale }: MomentProps): VNode {
  return <time dateTime={new Date(atMs).toISOString()}>{`${dateFormats[locale].format(atMs)} UTC`}</time>;
}

export interface AgoProps extends MomentProps {
  readonly nowMs: number;
}

/** How long ago something was, which is the same in every time zone. */
export function Ago({ atMs, nowMs, locale }: AgoProps): VNode {
  return <time dateTime={new Date(atMs).toISOString()}>{distanceText(nowMs - atMs, locale)}</time>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** In the largest unit of which there is a whole one, `now` below a minute. */
export function distanceText(distanceMs: number, locale: Locale): string {
  const format = distanceFormats[locale];
  if (distanceMs < minuteMs) return format.format(0, 'second');
  if (distanceMs < hourMs) return format.format(-Math.floor(distanceMs / minuteMs), 'minute');
  if (distanceMs < dayMs) return format.format(-Math.floor(distanceMs / hourMs), 'hour');
  return format.format(-Math.floor(distanceMs / dayMs), 'day');
}
