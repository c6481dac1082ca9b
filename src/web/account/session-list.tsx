import type { ComponentChildren, VNode } from 'preact';
import type { Locale } from '../../common/locale';
import type { Session } from '../../sessions/session';
import { deviceName } from './device-name';
import { Ago, Moment } from './moment';
import { Fact } from './person-facts';
import { shownText } from './shown-text';

/** As SESSIONS_MAX_PER_PERSON is unless set higher. */
const mostShown = 50;

const words = {
  es: {
    ...{ current: 'Este dispositivo', address: 'Dirección', opened: 'Inicio de sesión', used: 'Último uso' },
    ...{ application: 'Aplicación', more: (count: number) => `Y ${count} más, usados hace más tiempo.` },
  },
  en: {
    ...{ current: 'This device', address: 'Address', opened: 'Logged in', used: 'Last used' },
    ...{ application: 'Application', more: (count: number) => `And ${count} more, used longer ago.` },
  },
};

export interface SessionListProps {
  /** The one used last first. */
  readonly sessions: readonly Session[];
  readonly locale: Locale;
  readonly nowMs: number;
  readonly currentId?: string | undefined;
  /** What can be done with a session. */
  readonly actions: (session: Session, device: string) => ComponentChildren;
}

/** Sessions as the devices that they were opened on: a list and no table, so that it fits a narrow screen as it is. */
export function SessionList(props: SessionListProps): VNode {
  const { sessions, locale } = props;
  const rest = sessions.length - mostShown;
  return (
    <>
      <ul class="sessions">
        {sessions.slice(0, mostShown).map((session) => (
          <SessionItem key={session.id} {...props} session={session} />
        ))}
      </ul>
      {rest > 0 && <p class="quiet">{words[locale].more(rest)}</p>}
    </>
  );
}

function SessionItem(props: SessionListProps & { readonly session: Session }): VNode {
  const { session, locale, nowMs, currentId, actions } = props;
  const { client, grant, createdAtMs, lastUsedAtMs } = session;
  const text = words[locale];
  const device = deviceName(client.userAgent, locale);
  return (
    <li>
      <h3>
        <bdi>{device}</bdi>
        {session.id === currentId && <span class="mark">{text.current}</span>}
      </h3>
      <dl class="facts">
        {grant && <Fact term={text.application}>{shownText(grant.clientId)}</Fact>}
        <Fact term={text.address}>{shownText(client.address)}</Fact>
        <Fact term={text.opened}>
          <Moment atMs={createdAtMs} locale={locale} />
        </Fact>
        <Fact term={text.used}>
          <Ago atMs={lastUsedAtMs} nowMs={nowMs} locale={locale} />
        </Fact>
      </dl>
      {actions(session, device)}
    </li>
  );
}
