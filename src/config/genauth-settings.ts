import { list } from './setting';
import { kindOfStrategy } from './strategy-settings';

/** The ways of signing in that clients of GenAuth may name, as far as the gateway has them. */
export const genAuthConnections = ['PASSWORD', 'LDAP', 'AD'] as const;
export type GenAuthConnection = (typeof genAuthConnections)[number];

export const genAuthSettings = {
  GENAUTH_CONNECTIONS: list({
    type: `list of ${genAuthConnections.map((name) => `\`${name}=STRATEGY\``).join(', ')}`,
    accept: (item) =>
      parsedConnection(item)
        ? undefined
        : `must hold pairs such as LDAP=ldap, of ${genAuthConnections.join(', ')}`,
    meaning:
      'Which strategy a `connection` of GenAuth asks, such as `LDAP=ldap,AD=ldap.partners`; one that is not listed asks all of STRATEGIES.',
  }),
};

/** The strategy that a connection asks; undefined where it asks all. */
export function strategyOfConnection(
  pairs: readonly string[],
  connection: GenAuthConnection,
): string | undefined {
  const parsed = pairs.map(parsedConnection);
  return parsed.find((pair) => pair?.connection === connection)?.strategy;
}

/** What is wrong with the list beside STRATEGIES: a pair that asks nobody, or one connection that asks two. */
export function genAuthFaults(settings: {
  readonly GENAUTH_CONNECTIONS: readonly string[];
  readonly STRATEGIES: readonly string[];
}): string[] {
  const pairs = settings.GENAUTH_CONNECTIONS.flatMap((item) => parsedConnection(item) ?? []);
  const faults = pairs
    .filter(({ strategy }) => !settings.STRATEGIES.includes(strategy))
    .map(({ connection }) => `GENAUTH_CONNECTIONS names for ${connection} a strategy that STRATEGIES lacks`);
  const isTwice = new Set(pairs.map(({ connection }) => connection)).size !== pairs.length;
  return isTwice ? [...faults, 'GENAUTH_CONNECTIONS names the same connection twice'] : faults;
}

function parsedConnection(
  item: string,
): { readonly connection: GenAuthConnection; readonly strategy: string } | undefined {
  const [name = '', strategy = ''] = item.split('=', 2).map((part) => part.trim());
  const connection = genAuthConnections.find((known) => known === name.toUpperCase());
  const folded = strategy.toLowerCase();
  return connection && kindOfStrategy(folded) ? { connection, strategy: folded } : undefined;
}
