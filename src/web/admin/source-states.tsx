import type { VNode } from 'preact';
import type { Locale } from '../../common/locale';
import type { PeerHealth, SourceHealth } from '../../strategies/source-health';
import { Fact } from '../account/person-facts';
import { shownText } from '../account/shown-text';

const longestError = 300;
/** A directory found by DNS may have many servers. */
const mostPeers = 50;

const words = {
  es: {
    status: {
      up: 'Funciona.',
      degraded: 'Funciona, pero algunos de sus servidores están fuera de uso.',
      down: 'No responde: nadie puede iniciar sesión con esta fuente. Se vuelve a intentar sin que hagas nada.',
      unknown: 'Todavía no se le ha preguntado nada, o no se puede saber.',
    },
    ...{ state: 'Estado', inUse: 'En uso', outOfUse: 'Fuera de uso hasta que responda de nuevo' },
    ...{ connections: 'Conexiones abiertas', waiting: 'Esperan una conexión' },
    ...{ lastError: 'Último fallo', pastError: 'Último fallo, ya superado' },
  },
  en: {
    status: {
      up: 'Works.',
      degraded: 'Works, but some of its servers are out of use.',
      down: 'Does not answer: nobody can log in by this source. It is tried again without your doing.',
      unknown: 'Has not been asked anything yet, or cannot tell.',
    },
    ...{ state: 'State', inUse: 'In use', outOfUse: 'Out of use until it answers again' },
    ...{ connections: 'Open connections', waiting: 'Waiting for a connection' },
    ...{ lastError: 'Last failure', pastError: 'Last failure, over by now' },
  },
};

export interface SourceStatesProps {
  /** In the order of STRATEGIES. */
  readonly sources: readonly SourceHealth[];
  readonly locale: Locale;
}

/** How the directories and services are that logins are checked against. */
export function SourceStates({ sources, locale }: SourceStatesProps): VNode {
  return (
    <ul class="sources">
      {sources.map(({ strategy, status, peers }) => (
        <li key={strategy}>
          <h3>
            {strategy} <span class={`mark ${status}`}>{words[locale].status[status]}</span>
          </h3>
          {peers.slice(0, mostPeers).map((peer) => (
            <PeerState key={peer.address} peer={peer} locale={locale} />
          ))}
        </li>
      ))}
    </ul>
  );
}

interface PeerStateProps {
  readonly peer: PeerHealth;
  readonly locale: Locale;
}

function PeerState({ peer, locale }: PeerStateProps): VNode {
  const { address, isUp, connections, waiting, lastError } = peer;
  const text = words[locale];
  return (
    <>
      <h4>{shownText(address, longestError)}</h4>
      <dl class="facts">
        <Fact term={text.state}>{isUp ? text.inUse : text.outOfUse}</Fact>
        {connections !== undefined && <Fact term={text.connections}>{connections}</Fact>}
        {waiting !== undefined && <Fact term={text.waiting}>{waiting}</Fact>}
        {lastError !== undefined && (
          <Fact term={isUp ? text.pastError : text.lastError}>
            <span lang="en">{shownText(lastError, longestError)}</span>
          </Fact>
        )}
      </dl>
    </>
  );
}
