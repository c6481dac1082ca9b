import type { VNode } from 'preact';
import type { Session } from '../../sessions/session';
import type { SourceHealth } from '../../strategies/source-health';
import { ConfirmedForm } from '../account/confirmed-form';
import { PersonFacts } from '../account/person-facts';
import { SessionList } from '../account/session-list';
import { Notice } from '../pages/form';
import { Page } from '../pages/layout';
import type { PageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { SourceStates } from './source-states';

/** Of the text by which somebody is looked for: subjects may be long. */
export const longestUser = 1024;

export interface AdminPageProps {
  readonly view: PageView;
  /** The login name or the subject that was looked for. */
  readonly user?: string | undefined;
  /** Those of whoever was found by it. */
  readonly sessions: readonly Session[];
  /** The session of this browser, which may be among them. */
  readonly currentId: string | undefined;
  readonly nowMs: number;
  readonly sources: readonly SourceHealth[];
}

const words = {
  es: {
    ...{ title: 'Administración', account: 'Tu cuenta', find: 'Buscar a una persona', submit: 'Buscar' },
    ...{ user: 'Nombre de usuario o identificador', sources: 'De dónde vienen las cuentas' },
    nobody: 'Con este nombre no hay ninguna sesión abierta.',
    ...{ end: 'Cerrar la sesión', endAll: 'Cerrar todas sus sesiones' },
    endWarning: 'En ese dispositivo la persona tendrá que iniciar sesión de nuevo.',
    endAllWarning: 'La persona tendrá que iniciar sesión de nuevo en todas partes.',
    ...{ sure: 'Sí, cerrarla', sureAll: 'Sí, cerrarlas' },
    notices: { ended: 'La sesión se ha cerrado.', all: 'Las sesiones se han cerrado.' },
  },
  en: {
    ...{ title: 'Administration', account: 'Your account', find: 'Find a person', submit: 'Find' },
    ...{ user: 'User name or identifier', sources: 'Where accounts come from' },
    nobody: 'Nobody is logged in by this name.',
    ...{ end: 'Log out', endAll: 'Log out everywhere' },
    endWarning: 'The person will have to log in again on that device.',
    endAllWarning: 'The person will have to log in again everywhere.',
    ...{ sure: 'Yes, log it out', sureAll: 'Yes, log out everywhere' },
    notices: { ended: 'The session has ended.', all: 'The sessions have ended.' },
  },
};

/** For administrators: where somebody is logged in, and how the sources of accounts are. */
export function AdminPage(props: AdminPageProps): VNode {
  const { view, user, sessions, sources } = props;
  const text = words[view.locale];
  // The choice of another language keeps what was looked for.
  const found = user === undefined ? view : { ...view, flags: { ...view.flags, user } };
  return (
    <Page title={text.title} view={found} isWide>
      <Notice text={noticeOf(view)} />
      <p>
        <a href={pageAddress(pagePaths.account, { lang: view.lang })}>{text.account}</a>
      </p>
      <h2>{text.find}</h2>
      <SearchForm view={view} user={user} />
      {user !== undefined && sessions.length === 0 && <p role="status">{text.nobody}</p>}
      {user !== undefined &&
        peopleIn(sessions).map((own) => <Person {...props} sessions={own} user={user} />)}
      <h2>{text.sources}</h2>
      <SourceStates sources={sources} locale={view.locale} />
    </Page>
  );
}

function SearchForm({ view, user }: Pick<AdminPageProps, 'view' | 'user'>): VNode {
  const text = words[view.locale];
  return (
    <form method="get" action={pagePaths.admin} role="search">
      <div class="field">
        <label for="user">{text.user}</label>
        <input
          {...{ id: 'user', name: 'user', type: 'text', value: user, maxLength: longestUser, required: true }}
          {...{ autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
        />
      </div>
      {view.lang !== undefined && <input type="hidden" name="lang" value={view.lang} />}
      <button type="submit" class="narrow">
        {text.submit}
      </button>
    </form>
  );
}

function Person(props: AdminPageProps & { readonly user: string }): VNode | null {
  const { view, user, sessions, currentId, nowMs } = props;
  const { locale, lang } = view;
  const text = words[locale];
  const [latest] = sessions;
  if (!latest) return null;
  const { identity } = latest;
  const endForm = ({ id }: Session, device: string) => (
    <ConfirmedForm
      {...{ label: text.end, about: device, warning: text.endWarning, button: text.sure }}
      {...{ action: pageAddress(pagePaths.adminEnd, { lang }, { user }), fields: { id } }}
    />
  );
  return (
    <section class="person" aria-label={identity.username}>
      <PersonFacts identity={identity} locale={locale} hasSubject />
      <SessionList {...{ sessions, locale, nowMs, currentId }} actions={endForm} />
      <ConfirmedForm
        {...{
          label: text.endAll,
          about: identity.username,
          warning: text.endAllWarning,
          button: text.sureAll,
        }}
        action={pageAddress(pagePaths.adminEndAll, { lang }, { user })}
        fields={{ subject: identity.subject }}
      />
    </section>
  );
}

/** One name may be several people's, each of another source. */
function peopleIn(sessions: readonly Session[]): readonly (readonly Session[])[] {
  const people = new Map<string, Session[]>();
  for (const session of sessions) {
    const { subject } = session.identity;
    people.set(subject, [...(people.get(subject) ?? []), session]);
  }
  return [...people.values()];
}

/** Said by a code alone, so that nobody can put words into the page by a link. */
function noticeOf({ flags, locale }: PageView): string | undefined {
  const { ended, all } = words[locale].notices;
  if (flags['done'] === 'ended') return ended;
  return flags['done'] === 'all' ? all : undefined;
}
