import type { ComponentChildren, VNode } from 'preact';
import type { Locale } from '../../common/locale';
import type { Identity } from '../../strategies/identity';
import { shownText } from './shown-text';

const words = {
  es: {
    ...{
      name: 'Nombre',
      username: 'Nombre de usuario',
      email: 'Correo electrónico',
      subject: 'Identificador',
    },
    ...{ groups: 'Grupos', roles: 'Roles', none: 'Ninguno', more: (count: number) => `y ${count} más` },
  },
  en: {
    ...{ name: 'Name', username: 'User name', email: 'Email', subject: 'Identifier' },
    ...{ groups: 'Groups', roles: 'Roles', none: 'None', more: (count: number) => `and ${count} more` },
  },
};

export interface PersonFactsProps {
  readonly identity: Identity;
  readonly locale: Locale;
  /** For administrators. */
  readonly hasSubject?: boolean;
}

/** Who somebody is, as their source says. */
export function PersonFacts({ identity, locale, hasSubject = false }: PersonFactsProps): VNode {
  const { displayName, username, email, subject, groups, roles } = identity;
  const text = words[locale];
  return (
    <dl class="facts">
      {displayName !== undefined && <Fact term={text.name}>{shownText(displayName)}</Fact>}
      <Fact term={text.username}>{shownText(username)}</Fact>
      {hasSubject && <Fact term={text.subject}>{shownText(subject)}</Fact>}
      {email !== undefined && <Fact term={text.email}>{shownText(email)}</Fact>}
      <Fact term={text.groups}>
        <Names names={groups} locale={locale} />
      </Fact>
      <Fact term={text.roles}>
        <Names names={roles} locale={locale} />
      </Fact>
    </dl>
  );
}

export interface FactProps {
  readonly term: string;
  readonly children: ComponentChildren;
}

/** A line of a list of facts. What it says of people may be written from right to left. */
export function Fact({ term, children }: FactProps): VNode {
  return (
    <div>
      <dt>{term}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

const mostOpen = 5;
const mostNames = 200;

interface NamesProps {
  readonly names: readonly string[];
  readonly locale: Locale;
}

/** Folded where there are many. */
function Names({ names, locale }: NamesProps): VNode {
  const { none, more } = words[locale];
  if (names.length === 0) return <span class="quiet">{none}</span>;
  const list = (
    <ul class="names">
      {names.slice(0, mostNames).map((name) => (
        <li key={name}>{shownText(name)}</li>
      ))}
      {names.length > mostNames && <li class="quiet">{more(names.length - mostNames)}</li>}
    </ul>
  );
  if (names.length <= mostOpen) return list;
  return (
    <details>
      <summary>{names.length}</summary>
      {list}
    </details>
  );
}
