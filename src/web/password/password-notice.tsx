import type { VNode } from 'preact';
import type { Locale } from '../../common/locale';
import type { PasswordState } from '../../strategies/credential-strategy';
import { Notice } from '../pages/form';
import { Page } from '../pages/layout';
import { onwardAddress, type PageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';

const daySeconds = 24 * 60 * 60;
/** A password that lives no longer than this is spoken of after a login. */
const tellingDays = 14;

/** The whole days that a password still lives, where there are so few that the person should know. */
export function daysToTell(password: PasswordState | undefined): number | undefined {
  const seconds = password?.secondsUntilExpiration;
  if (seconds === undefined || seconds >= tellingDays * daySeconds) return undefined;
  return Math.max(0, Math.floor(seconds / daySeconds));
}

/** The same number, back from an address that anybody may have written. */
export function daysFrom(text: string | undefined): number | undefined {
  const days = text !== undefined && /^\d{1,2}$/.test(text) ? Number(text) : undefined;
  return days !== undefined && days < tellingDays ? days : undefined;
}

export interface PasswordNoticeProps {
  readonly view: PageView;
  readonly days: number;
}

const words = {
  es: { title: 'Tu contraseña caduca pronto', change: 'Cambiarla ahora', later: 'Continuar sin cambiarla' },
  en: { title: 'Your password expires soon', change: 'Change it now', later: 'Go on without changing it' },
};

/** Says once after a login how long the password still lives, and leads on. */
export function PasswordNotice({ view, days }: PasswordNoticeProps): VNode {
  const { title, change, later } = words[view.locale];
  return (
    <Page title={title} view={view}>
      <Notice text={remainingText(days, view.locale)} />
      <p>
        <a class="button" href={pageAddress(pagePaths.password, view)}>
          {change}
        </a>
      </p>
      <p>
        <a href={onwardAddress(view)}>{later}</a>
      </p>
    </Page>
  );
}

/** How long a password still lives, in words; `days` are whole ones. */
export function remainingText(days: number, locale: Locale): string {
  if (days === 0) {
    return {
      es: 'A tu contraseña le queda menos de un día.',
      en: 'Your password expires in less than a day.',
    }[locale];
  }
  return {
    es: `Tu contraseña caduca en ${days} ${days === 1 ? 'día' : 'días'}.`,
    en: `Your password expires in ${days} ${days === 1 ? 'day' : 'days'}.`,
  }[locale];
}
