import { type KeyRing, promotableFromMs, promote, publishNext, type RingStep } from '../tokens/key-ring';
import type { StoredKeyRing } from '../tokens/stored-key-ring';
import { type Command, type CommandContext, noName, readArguments, Refused } from './command';
import { momentOf, withKeys } from './keys-store';

/** Each of them is published; somebody who rotates in a loop must not make the key set endless. */
const mostPreviousKeys = 20;

/**
 * `keys rotate`: the next key signs from now on, if it has been published long enough for all who cache the key set. Otherwise it
 * says when that will be, and publishes a next key where there is none. `--now` does not wait.
 */
export const keysRotate: Command = async (args, context) => {
  const { values, positionals } = readArguments(args, { now: { type: 'boolean', default: false } });
  noName(positionals);
  const { audit } = context;
  await withKeys({ audit }, async ({ stored, ring }) => {
    if (ring.previous.length >= mostPreviousKeys) {
      throw new Refused(`${ring.previous.length} previous keys are published already; wait until they end`);
    }
    await (values.now ? rotateNow(stored, context) : rotateIfReady(stored, context));
  });
};

async function rotateNow(stored: StoredKeyRing, { stderr }: CommandContext): Promise<void> {
  const wasReady = { value: false };
  const ring = await stored.change((before, step) => {
    wasReady.value = isReady(before, step);
    return promote(before, step);
  }, lacksNext);
  if (!wasReady.value) {
    stderr.write(
      'Warning: who caches the key set does not know this key yet, and may refuse its tokens for some minutes\n',
    );
  }
  stderr.write(`${ring.current.kid} signs from now on\n`);
}

async function rotateIfReady(stored: StoredKeyRing, { stderr }: CommandContext): Promise<void> {
  const before = { current: '' };
  const ring = await stored.change((found, step) => {
    before.current = found.current.kid;
    return isReady(found, step) ? promote(found, step) : publishNext(found, step);
  }, lacksNext);
  if (ring.current.kid !== before.current) {
    stderr.write(`${ring.current.kid} signs from now on\n`);
  } else if (ring.next) {
    const { kid, activeFromMs } = ring.next;
    const fromMs = promotableFromMs(ring.next, stored.policy);
    stderr.write(
      `The next key, ${kid}, is published. It can be made to sign from ${momentOf(fromMs)} on, by this command again; ` +
        `by itself it signs from ${momentOf(activeFromMs)} on\n`,
    );
  }
}

function isReady({ next }: KeyRing, { nowMs, policy }: RingStep): boolean {
  return next !== undefined && nowMs >= promotableFromMs(next, policy);
}

function lacksNext({ next }: KeyRing): boolean {
  return next === undefined;
}
