import { readExistingKey } from '../tokens/existing-key';
import { type KeyRing, retire } from '../tokens/key-ring';
import { type Command, onlyName, readArguments, Refused } from './command';
import { signersOf, withKeys } from './keys-store';

/** `keys retire KID`: removes a key at once, so that its tokens are refused; another one signs if it was the current one. */
export const keysRetire: Command = async (args, { stderr, audit }) => {
  const kid = kidIn(args);
  await withKeys({ audit }, async ({ stored, ring, settings }) => {
    if (!isIn(ring, kid)) throw new Refused('There is no key with this KID; `keys list` shows all');
    const after = await stored.change(
      (found, step) => retire(found, kid, step),
      (found) => found.current.kid === kid && found.next === undefined,
    );
    stderr.write(`Removed ${kid}; its tokens are refused within seconds\n`);
    if (after.current.kid !== ring.current.kid) stderr.write(`${after.current.kid} signs from now on\n`);
    if (readExistingKey(settings.DATA_DIR)?.kid === kid) {
      stderr.write('It also lies in signing-key.pem in DATA_DIR; delete that file on every machine\n');
    }
  });
};

/** A thumbprint may begin with a hyphen, and is no option then. */
function kidIn(args: readonly string[]): string {
  const [first = ''] = args;
  if (args.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(first)) return first;
  return onlyName(readArguments(args, {}).positionals);
}

function isIn(ring: KeyRing, kid: string): boolean {
  return [...signersOf(ring), ...ring.previous].some((key) => key.kid === kid);
}
