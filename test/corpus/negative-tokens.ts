import { algorithmTokens } from './algorithm-tokens';
import { claimTokens } from './claim-tokens';
import { headerTokens } from './header-tokens';
import { signatureTokens } from './signature-tokens';
import { textTokens } from './text-tokens';
import type { NegativeToken, TokenForge } from './token-forge';

/** Every token that must be refused. All are made here, with the keys that they are for; names are unique. */
export function negativeTokens(forge: TokenForge): readonly NegativeToken[] {
  const all = [algorithmTokens, headerTokens, claimTokens, textTokens, signatureTokens].flatMap((make) =>
    make(forge),
  );
  const names = new Set(all.map(({ name }) => name));
  if (names.size !== all.length) throw new Error(`names that stand twice: ${twice(all).join('; ')}`);
  return all;
}

function twice(all: readonly NegativeToken[]): string[] {
  return all.map(({ name }) => name).filter((name, index, names) => names.indexOf(name) !== index);
}
