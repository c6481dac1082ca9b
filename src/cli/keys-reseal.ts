import { EncryptionKeys } from '../compat/genauth/encryption/encryption-keys';
import { signingAlgorithm } from '../config/check-keys';
import { loadSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import type { Sealing } from '../tokens/stored-key-ring';
import { type Command, type CommandContext, noName, readArguments, Refused } from './command';
import { type OpenedStore, patiently, withKeys, withStore } from './keys-store';

/** What is told of keys by what they were sealed with before. */
const outcomes: Readonly<Record<Sealing, string>> = {
  current: 'were sealed with KEY_ENCRYPTION_KEY already',
  previous:
    'are sealed with KEY_ENCRYPTION_KEY now; KEY_ENCRYPTION_KEY_PREVIOUS opens nothing of them any more',
  none: 'are sealed with KEY_ENCRYPTION_KEY now; before, they were not sealed',
};

/**
 * `keys reseal`: seals the keys in the store with KEY_ENCRYPTION_KEY, which may just have been set, or may follow
 * KEY_ENCRYPTION_KEY_PREVIOUS: those that sign tokens, and those that clients of GenAuth encrypt passwords with, where there are
 * any. The keys themselves stay the same, so no token and no password is refused.
 */
export const keysReseal: Command = async (args, context) => {
  noName(readArguments(args, {}).positionals);
  const { settings } = loadSettingsFromProcess();
  const hasPasswordKeysAlone = settings.COMPAT.includes('genauth') && signingAlgorithm(settings) === 'HS256';
  if (hasPasswordKeysAlone) return withStore(settings, (opened) => resealPasswordKeys(opened, context));
  await withKeys({ audit: context.audit }, async ({ stored, ...opened }) => {
    demandKey(settings);
    tell(context, 'The signing keys', await stored.reseal());
    await resealPasswordKeys(opened, context);
  });
};

async function resealPasswordKeys(opened: OpenedStore, context: CommandContext): Promise<void> {
  demandKey(opened.settings);
  const keys = new EncryptionKeys(opened);
  tell(context, 'The keys for passwords', await patiently(() => keys.reseal()));
}

function demandKey({ KEY_ENCRYPTION_KEY: key }: Settings): void {
  if (key === undefined) throw new Refused('KEY_ENCRYPTION_KEY is not set');
}

function tell({ stderr, audit }: CommandContext, keys: string, before: Sealing | undefined): void {
  if (before === 'previous' || before === 'none') {
    audit.record({ event: 'signing_key', action: 'resealed', reason: `${keys} were resealed` });
  }
  if (before !== undefined) stderr.write(`${keys} ${outcomes[before]}\n`);
}
