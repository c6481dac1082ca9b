import { withAccounts } from './accounts';
import type { Command } from './command';
import { patiently } from './keys-store';

/** `accounts unlock NAME`: forgets the failed logins of a name and of its accounts. What a directory counts itself stays. */
export const accountsUnlock: Command = async (args, context) => {
  await withAccounts(args, context, async ({ name, accounts, names, tries }) => {
    const had = [await patiently(() => names.forget(name))];
    for (const account of accounts) had.push(await tries.forget(account));
    const done = had.includes(true) ? 'are forgotten' : 'there were none';
    context.stderr.write(`Failed logins of ${name}: ${done}\n`);
  });
};
