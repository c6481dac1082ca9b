import { withAccounts } from './accounts';
import type { Command } from './command';
import { patiently } from './keys-store';

/** `accounts unlock NAME`: forgets the failed logins of a name and of its accounts. What a directory counts itself stays. */
export const accountsUnlock: Command = async (args, context) => {
  await withAccounts(args, context, async ({ name, keys, names, tries }) => {
    const had = [await patiently(() => names.forget(name))];
    for (const key of keys) had.push(await tries.forget(key));
    const done = had.includes(true) ? 'are forgotten' : 'there were none';
    context.stderr.write(`Failed logins of ${name}: ${done}\n`);
  });
};
