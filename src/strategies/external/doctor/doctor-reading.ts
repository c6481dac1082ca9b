import { createLogger } from '../../../common/logger';
import type { ExternalSettings } from '../../../config/external-settings';
import type { VerifiesTokens } from '../keys/token-verifier';
import { answerRules, readAnswer, type Reading } from '../login-answer';
import { type IdentityResult, People } from '../people';
import type { UpstreamAnswer } from '../upstream/upstream-call';

/** Reads an answer just as the strategy reads that of a login. */
export function readLogin(answer: UpstreamAnswer, settings: ExternalSettings): Reading {
  return readAnswer(answer, answerRules(settings));
}

export interface ProfileBody {
  readonly strategy: string;
  readonly typedName: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly settings: ExternalSettings;
}

/** The person whom a profile describes. It has no JWT, so there is nothing to verify. */
export function readPerson({ strategy, typedName, body, settings }: ProfileBody): Promise<IdentityResult> {
  const people = new People({ strategy, settings, tokens: noKeys, logger: createLogger('silent') });
  return people.of(body, typedName);
}

const noKeys: VerifiesTokens = {
  verify: () => Promise.resolve({ kind: 'unverifiable', detail: 'a profile has no JWT' }),
};
