import type { VNode } from 'preact';
import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { Fault, Field, Notice } from '../pages/form';
import { Page } from '../pages/layout';
import { formAddress, type PageView } from '../pages/page-view';
import { pagePaths } from '../pages/paths';

export interface LoginPageProps {
  readonly view: PageView;
  /** As it was typed before. */
  readonly username?: string;
  /** What went wrong at the last try. */
  readonly fault?: string;
  /** Whether that is about the name and the password. */
  readonly isRefused?: boolean;
  readonly fieldFaults?: Readonly<Record<string, string>>;
  /** Whether the person is logged in already, which the application that they came from cannot see. */
  readonly isUnseen?: boolean;
}

const words = {
  es: {
    ...{ title: 'Iniciar sesión', username: 'Nombre de usuario', password: 'Contraseña', submit: 'Entrar' },
    out: 'Has cerrado la sesión.',
    changed: 'La contraseña se ha cambiado. Inicia sesión con la nueva.',
    unseen:
      'Ya has iniciado sesión, pero la aplicación de la que vienes no puede saberlo. Avisa a quien la administra.',
  },
  en: {
    ...{ title: 'Log in', username: 'User name', password: 'Password', submit: 'Log in' },
    out: 'You have logged out.',
    changed: 'Your password has been changed. Log in with the new one.',
    unseen:
      'You are logged in already, but the application that you came from cannot see it. Tell those who run it.',
  },
};

/** Asks for a name and a password. The focus is where the person goes on. */
export function LoginPage(props: LoginPageProps): VNode {
  const { view, username, fault, isRefused = false, fieldFaults = {}, isUnseen = false } = props;
  const text = words[view.locale];
  const lacksName = username === undefined || fieldFaults['username'] !== undefined;
  return (
    <Page title={text.title} view={view} isFault={fault !== undefined}>
      <Fault text={fault} />
      {fault === undefined && <Notice text={isUnseen ? text.unseen : noticeOf(view)} />}
      <form method="post" action={formAddress(pagePaths.login, view)}>
        <Field
          {...{ name: 'username', label: text.username, type: 'text', autocomplete: 'username' }}
          {...{ maxLength: longestUsername, value: username, fault: fieldFaults['username'] }}
          {...{ isWrong: isRefused, hasFocus: lacksName }}
        />
        <Field
          {...{ name: 'password', label: text.password, type: 'password', autocomplete: 'current-password' }}
          {...{ maxLength: longestPassword, fault: fieldFaults['password'] }}
          {...{ isWrong: isRefused, hasFocus: !lacksName }}
        />
        <button type="submit">{text.submit}</button>
      </form>
    </Page>
  );
}

function noticeOf({ flags, locale }: PageView): string | undefined {
  const { out, changed } = words[locale];
  if (flags['out'] !== undefined) return out;
  return flags['changed'] === undefined ? undefined : changed;
}
