import type { Sealing } from '../tokens/stored-key-ring';
import { type Command, noName, readArguments, Refused } from './command';
import { withKeys } from './keys-store';

const outcomes: Readonly<Record<Sealing, string>> = {
  current: 'The signing keys were sealed with KEY_ENCRYPTION_KEY already',
  previous:
    'The signing keys are sealed with KEY_ENCRYPTION_KEY now; KEY_ENCRYPTION_KEY_PREVIOUS opens nothing any more',
  none: 'The signing keys are sealed with KEY_ENCRYPTION_KEY now; before, they were not sealed',
};

/**
 * `keys reseal`: seals the keys in the store with KEY_ENCRYPTION_KEY, which may just have been set, or may follow
 * KEY_ENCRYPTION_KEY_PREVIOUS. The keys themselves stay the same, so no token is refused.
 */
export const keysReseal: Command = async (args, { stderr }) => {
  noName(readArguments(args, {}).positionals);
  await withKeys(async ({ stored, settings }) => {
    if (settings.KEY_ENCRYPTION_KEY === undefined) throw new Refused('KEY_ENCRYPTION_KEY is not set');
    const before = await stored.reseal();
    if (before !== undefined) stderr.write(`${outcomes[before]}\n`);
  });
};
