import { list, type Setting, text } from './setting';

/** The kinds of credential source that STRATEGIES can name. */
export const strategyKinds = ['file', 'ldap', 'external'] as const;
export type StrategyKind = (typeof strategyKinds)[number];

/** What kind of source a name in STRATEGIES is; undefined for a name that is none. */
export function kindOfStrategy(name: string): StrategyKind | undefined {
  if (/^ldap\.[a-z][a-z0-9]{0,31}$/.test(name)) return 'ldap';
  return strategyKinds.find((kind) => kind === name);
}

/**
 * The setting STRATEGIES.
 * @param own names of strategies that the application around the gateway brings; they are its default
 */
export function strategiesSetting(own: readonly string[] = []): Setting<readonly string[]> {
  return list({
    type: 'list of `file`, `ldap`, `ldap.NAME`, `external`',
    ...(own.length > 0 && { default: own.join(',') }),
    foldCase: true,
    accept: (item) =>
      kindOfStrategy(item) === undefined && !own.includes(item)
        ? `must hold only ${[...own, ...strategyKinds].join(', ')}, and ldap.NAME for a further directory`
        : undefined,
    meaning:
      'Credential sources, tried in this order; empty starts a demo with one user. `ldap.partners` is a further directory with ' +
      'settings of its own: `LDAP_PARTNERS_URL` and so on.',
  });
}

export const strategySettings = {
  STRATEGIES: strategiesSetting(),
  USERS_FILE: text({
    type: 'path',
    meaning:
      'Users file of the `file` strategy; if absent, `users.json` in DATA_DIR. `npm run cli -- users add NAME` writes it.',
  }),
};
