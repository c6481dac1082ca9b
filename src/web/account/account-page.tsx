import type { VNode } from 'preact';
import type { Session } from '../../sessions/session';
import type { Identity } from '../../strategies/identity';
import { Notice } from '../pages/form';
import { Page } from '../pages/layout';
import type { PageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { remainingText } from '../password/password-notice';
import { ConfirmedForm } from './confirmed-form';
import { PersonFacts } from './person-facts';
import { SessionList } from './session-list';

const dayMs = 24 * 60 * 60 * 1000;

export interface AccountPageProps {
  readonly view: PageView;
  readonly identity: Identity;
  /** The one used last first. */
  readonly sessions: readonly Session[];
  /** The session of this browser. */
  readonly currentId: string | undefined;
  readonly nowMs: number;
  /** When the password of this session expires, in milliseconds since the Unix epoch, where that is known. */
  readonly passwordExpiresAtMs: number | undefined;
  /** Whether the person has ADMIN_ROLE. */
  readonly isAdministrator: boolean;
}

const words = {
  es: {
    ...{
      title: 'Tu cuenta',
      about: 'Sobre ti',
      password: 'Cambiar la contraseña',
      devices: 'Tus dispositivos',
    },
    ...{ out: 'Cerrar la sesión aquí', admin: 'Administración' },
    devicesHint:
      'Tienes la sesión abierta en estos. Si no reconoces alguno, ciérrala en él y cambia la contraseña.',
    ...{ end: 'Cerrar la sesión', endOthers: 'Cerrar todas las demás sesiones' },
    endWarning: 'En ese dispositivo habrá que iniciar sesión de nuevo.',
    endOthersWarning: 'En todos los demás dispositivos habrá que iniciar sesión de nuevo.',
    expired: 'Tu contraseña ha caducado. Cámbiala antes del próximo inicio de sesión.',
    ...{ sure: 'Sí, cerrarla', sureOthers: 'Sí, cerrarlas' },
    notices: {
      changed: 'La contraseña se ha cambiado.',
      ended: 'La sesión de ese dispositivo se ha cerrado.',
      others: 'Las demás sesiones se han cerrado.',
    },
  },
  en: {
    ...{ title: 'Your account', about: 'About you', password: 'Change password', devices: 'Your devices' },
    ...{ out: 'Log out here', admin: 'Administration' },
    devicesHint:
      'You are logged in on these. If you do not know one of them, log it out and change your password.',
    ...{ end: 'Log out', endOthers: 'Log out all other devices' },
    endWarning: 'Whoever uses that device will have to log in again.',
    endOthersWarning: 'Whoever uses the other devices will have to log in again.',
    expired: 'Your password has expired. Change it before you next log in.',
    ...{ sure: 'Yes, log it out', sureOthers: 'Yes, log them out' },
    notices: {
      changed: 'Your password has been changed.',
      ended: 'The device has been logged out.',
      others: 'The other devices have been logged out.',
    },
  },
};

/** Who the person is, and where they are logged in. */
export function AccountPage(props: AccountPageProps): VNode {
  const { view, identity, isAdministrator } = props;
  const text = words[view.locale];
  return (
    <Page title={text.title} view={view} isWide>
      <Notice text={noticeOf(view)} />
      <h2>{text.about}</h2>
      <PersonFacts identity={identity} locale={view.locale} />
      <PasswordLife {...props} />
      <ul class="links">
        <li>
          <a href={pageAddress(pagePaths.password, { lang: view.lang })}>{text.password}</a>
        </li>
        {isAdministrator && (
          <li>
            <a href={pageAddress(pagePaths.admin, { lang: view.lang })}>{text.admin}</a>
          </li>
        )}
      </ul>
      <form method="post" action={pageAddress(pagePaths.logout, { lang: view.lang })}>
        <button type="submit" class="narrow">
          {text.out}
        </button>
      </form>
      <Devices {...props} />
    </Page>
  );
}

function PasswordLife({ view, nowMs, passwordExpiresAtMs }: AccountPageProps): VNode | null {
  if (passwordExpiresAtMs === undefined) return null;
  const leftMs = passwordExpiresAtMs - nowMs;
  const { expired } = words[view.locale];
  return <p>{leftMs <= 0 ? expired : remainingText(Math.floor(leftMs / dayMs), view.locale)}</p>;
}

function Devices({ view, sessions, currentId, nowMs }: AccountPageProps): VNode {
  const { locale, lang } = view;
  const text = words[locale];
  const hasOthers = sessions.some(({ id }) => id !== currentId);
  const endForm = ({ id }: Session, device: string) =>
    id !== currentId && (
      <ConfirmedForm
        {...{ label: text.end, about: device, warning: text.endWarning, button: text.sure }}
        {...{ action: pageAddress(pagePaths.accountEnd, { lang }), fields: { id } }}
      />
    );
  return (
    <>
      <h2>{text.devices}</h2>
      <p>{text.devicesHint}</p>
      <SessionList {...{ sessions, locale, nowMs, currentId }} actions={endForm} />
      {hasOthers && (
        <ConfirmedForm
          {...{ label: text.endOthers, warning: text.endOthersWarning, button: text.sureOthers }}
          action={pageAddress(pagePaths.accountEndOthers, { lang })}
        />
      )}
    </>
  );
}

/** Said by a code alone, so that nobody can put words into the page by a link. */
function noticeOf({ flags, locale }: PageView): string | undefined {
  const { changed, ended, others } = words[locale].notices;
  if (flags['changed'] !== undefined) return changed;
  if (flags['done'] === 'ended') return ended;
  return flags['done'] === 'others' ? others : undefined;
}
