import type { ExternalSettings } from '../../../config/external-settings';
import { type Reading, readAnswer } from '../login-answer';
import type { UpstreamAnswer } from '../upstream/upstream-call';
import { type IdentityResult, identityOf } from '../upstream-identity';

/** Reads an answer just as the strategy reads that of a login. */
export function readLogin(answer: UpstreamAnswer, _settings: ExternalSettings): Reading {
  return readAnswer(answer);
}

export interface ProfileBody {
  readonly strategy: string;
  readonly typedName: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly settings: ExternalSettings;
}

/** The person whom a profile describes. */
export function readPerson({ settings, ...answer }: ProfileBody): Promise<IdentityResult> {
  const pointers = {
    subject: settings.EXTERNAL_AUTH_SUBJECT,
    username: settings.EXTERNAL_AUTH_USERNAME,
    displayName: settings.EXTERNAL_AUTH_DISPLAY_NAME,
    email: settings.EXTERNAL_AUTH_EMAIL,
    roles: settings.EXTERNAL_AUTH_ROLES,
  };
  return Promise.resolve(identityOf({ ...answer, pointers }));
}
