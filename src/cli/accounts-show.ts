import { withAccounts } from './accounts';
import type { Command } from './command';
import { momentOf, patiently } from './keys-store';

/**
 * `accounts show NAME`: one line for the name and one for each of its accounts, with tabs between what it is, the failed logins of
 * strangers, those of known devices, those whose outcome is not known, and when they are forgotten.
 */
export const accountsShow: Command = async (args, context) => {
  await withAccounts(args, context, async ({ name, accounts, names, tries }) => {
    const refused = await patiently(() => names.look(name));
    const write = (...columns: readonly (string | number)[]): void => {
      context.stdout.write(`${columns.join('\t')}\n`);
    };
    write('name', name, refused?.failed ?? 0, ...until(refused?.endsAtMs));
    for (const account of accounts) {
      const count = await tries.look(account);
      const { strangers = 0, known = 0, pending = 0 } = count ?? {};
      write('account', account.key, strangers, known, pending, ...until(count?.endsAtMs));
    }
  });
};

function until(endsAtMs: number | undefined): string[] {
  return endsAtMs === undefined ? [] : [`forgotten at ${momentOf(endsAtMs)}`];
}
