import { ldapSettings, ldapVariable } from './ldap-settings';
import type { Setting } from './setting';
import { allSettings } from './settings';

/** Names that start like this belong to the gateway; an unknown one is a mistake. */
const ownedPrefixes = [
  'ACCESS_TOKEN_',
  'ALLOWED_',
  'COMPAT',
  'COOKIE_',
  'DJANGO_',
  'EXTERNAL_AUTH_',
  'GENAUTH_',
  'IDENTITY_',
  'JWT_',
  'KEY_ENCRYPTION_',
  'LDAP_',
  'OAUTH_',
  'RATE_LIMIT_',
  'REDIS_',
  'REFRESH_',
  'SIGNING_',
  'STRATEG',
  'TRUSTED_',
  'WORKER',
];
const shortestGuess = 6;
const largestDistance = 2;

/**
 * A warning for each unknown name that looks like one of our settings. Names are shown, values are not.
 * `directories` are the strategies' names of the directories that are in use.
 */
export function warnOfTypos(
  env: Readonly<Record<string, string | undefined>>,
  directories: readonly string[] = [],
): string[] {
  const known = knownNames(directories);
  return Object.keys(env)
    .filter((name) => !known.has(name))
    .flatMap((name) => warning(name, [...known]) ?? []);
}

function knownNames(directories: readonly string[]): Set<string> {
  const own = Object.entries<Setting<unknown>>(allSettings);
  const further = directories.flatMap((directory) =>
    Object.entries<Setting<unknown>>(ldapSettings).map(
      ([name, setting]) => [ldapVariable(directory, name), setting] as const,
    ),
  );
  const names = [...own, ...further].flatMap(([name, setting]) =>
    setting.secret ? [name, `${name}_FILE`] : [name],
  );
  return new Set(names);
}

function warning(name: string, known: readonly string[]): string | undefined {
  const guess = nearest(name, known);
  if (guess !== undefined) return `${name} is no setting; did you mean ${guess}?`;
  return ownedPrefixes.some((prefix) => name.startsWith(prefix))
    ? `${name} is no setting and has no effect`
    : undefined;
}

function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length < shortestGuess) return undefined;
  const scored = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= largestDistance)
    .filter((candidate) => candidate.length >= shortestGuess)
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return scored && scored.distance <= largestDistance ? scored.candidate : undefined;
}

/** Optimal string alignment: insertions, deletions, replacements and swapped neighbours each cost one. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped));
    }
  }
  return at(a.length, b.length);
}
