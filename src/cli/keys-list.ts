import { EncryptionKeys } from '../compat/genauth/encryption/encryption-keys';
import type { KeyRing } from '../tokens/key-ring';
import { type Command, noName, readArguments } from './command';
import { momentOf, withKeys } from './keys-store';

/** `keys list`: one line for each key, with tabs between kid, algorithm, state and moments. No private part. What is left to be done about their sealing is told on standard error. */
export const keysList: Command = async (args, context) => {
  noName(readArguments(args, {}).positionals);
  await withKeys({}, async ({ ring, stored, ...opened }) => {
    for (const line of linesOf(ring)) context.stdout.write(`${line.join('\t')}\n`);
    for (const advice of [stored.sealingAdvice(), await new EncryptionKeys(opened).sealingAdvice()]) {
      if (advice !== undefined) context.stderr.write(`${advice}\n`);
    }
  });
};

function linesOf({ current, next, previous }: KeyRing): string[][] {
  const head = ({ kid, algorithm }: { readonly kid: string; readonly algorithm: string }): string[] => [
    kid,
    algorithm,
  ];
  const coming = next ? [[...head(next), 'next', `signs from ${momentOf(next.activeFromMs)}`]] : [];
  const signing = [...head(current), 'current', `signs since ${momentOf(current.activeFromMs)}`];
  const gone = previous.map((key) => [
    ...head(key),
    'previous',
    `signed until ${momentOf(key.retiredAtMs)}`,
    `removed after ${momentOf(key.removeAfterMs)}`,
  ]);
  return [...coming, signing, ...gone];
}
