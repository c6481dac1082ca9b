import type { JsonPointer } from '../../common/json-pointer';
import type { Logger } from '../../common/logger';
import type { ExternalSettings } from '../../config/external-settings';
import { canonicalUsername, type Identity } from '../identity';
import { accessTokenIn, AnswerClaims, type ClaimsReading } from './answer-claims';
import { textAt, textsAt } from './answer-text';
import {
  boundedSubject,
  claimPointers,
  type IdentityPointers,
  isIntoClaims,
  placesOf,
  pointersOf,
  subjectIn,
  usesClaims,
} from './identity-places';
import type { VerifiesTokens } from './keys/token-verifier';
import { soonOrFailure } from './relay-patience';
import { UpstreamFailure } from './upstream/upstream-call';

type JsonObject = Readonly<Record<string, unknown>>;

/** The person, or in plain words why the answer names nobody. The words repeat nothing of the answer. */
export type IdentityResult =
  { readonly found: true; readonly identity: Identity } | { readonly found: false; readonly fault: string };

export interface PeopleOptions {
  /** The name of the strategy, with which subjects begin. */
  readonly strategy: string;
  readonly settings: ExternalSettings;
  /** Verifies the service's JWTs. */
  readonly tokens: VerifiesTokens;
  readonly logger: Logger;
}

/** Makes people of what the service says: of an accepted login, or of the claims of a verified JWT. */
export class People {
  private readonly strategy: string;
  private readonly logger: Logger;
  private readonly pointers: IdentityPointers;
  private readonly accessToken: JsonPointer | undefined;
  /** Undefined where nothing is ever taken from claims: then no token need be verified. */
  private readonly claims: AnswerClaims | undefined;

  constructor({ strategy, settings, tokens, logger }: PeopleOptions) {
    this.strategy = strategy;
    this.logger = logger;
    this.pointers = pointersOf(settings);
    this.accessToken = settings.EXTERNAL_AUTH_ACCESS_TOKEN;
    const { EXTERNAL_AUTH_CLAIMS: trust } = settings;
    const isRelay = settings.EXTERNAL_AUTH_MODE === 'relay';
    const { accessToken } = this;
    const claims = new AnswerClaims({ strategy, trust, accessToken, isRelay, tokens, logger });
    this.claims = usesClaims(this.pointers) ? claims : undefined;
  }

  /**
   * The person whom an accepted login describes.
   * @param typedName the name as the person typed it
   * @throws UpstreamFailure when the keys that must verify its JWT cannot be read.
   */
  async of(body: JsonObject, typedName: string): Promise<IdentityResult> {
    const reading = await this.claims?.of(body);
    if (reading?.kind === 'fault') return { found: false, fault: reading.fault };
    return this.read(body, typedName, reading);
  }

  /**
   * The same for a login whose tokens are handed through. A JWT that cannot be verified here and now is its receivers' to judge; then
   * the answer is undefined, because the name as typed would make a second subject of a person who has one in that JWT.
   */
  async ofRelayed(body: JsonObject, typedName: string): Promise<IdentityResult | undefined> {
    const reading = await this.claimsInTime(body);
    if (reading?.kind !== 'fault') return this.read(body, typedName, reading);
    const message =
      'A token was handed through that could not be verified, so the login names nobody and protected routes may refuse it';
    this.logger.warn({ strategy: this.strategy, why: reading.fault }, message);
    return undefined;
  }

  private async claimsInTime(body: JsonObject): Promise<ClaimsReading | undefined> {
    try {
      return await soonOrFailure(Promise.resolve(this.claims?.of(body)));
    } catch (error) {
      if (error instanceof UpstreamFailure) return { kind: 'fault', fault: error.message };
      throw error;
    }
  }

  private read(body: JsonObject, typedName: string, reading: ClaimsReading | undefined): IdentityResult {
    // The service's own `claims`, if it has such a field, are not those of its JWT.
    const document = { ...body, claims: reading?.kind === 'claims' ? reading.claims : undefined };
    const canonicalName = canonicalUsername(typedName);
    const subject = subjectIn(document, this.pointers) ?? this.subjectByName(body, typedName);
    if ('fault' in subject) return { found: false, fault: subject.fault + this.whyNoClaims(reading) };
    return {
      found: true,
      identity: this.describe(document, this.pointers, { id: subject.id, canonicalName }),
    };
  }

  /** The person whom the verified claims of an access token describe by themselves; there is no typed name to fall back on. */
  ofClaims(claims: JsonObject): IdentityResult {
    const document = { claims };
    const pointers = claimPointers(this.pointers);
    const subject = subjectIn(document, pointers) ?? { fault: 'its JWT holds no id of the person' };
    if ('fault' in subject) return { found: false, fault: subject.fault };
    const canonicalName = canonicalUsername(subject.id);
    return { found: true, identity: this.describe(document, pointers, { id: subject.id, canonicalName }) };
  }

  /** A page that answers 200 to everything must not let anybody in (docs/adr/0005-the-subject-of-an-external-login.md). */
  private subjectByName(body: JsonObject, typedName: string): { id: string } | { fault: string } {
    if (this.pointers.subject) return { fault: noSubject };
    if (accessTokenIn(body, this.accessToken) === undefined) return { fault: noProof };
    // The service may know two people by two spellings that are one name here; the other's subject must be out of reach.
    if (hasOtherForm(typedName)) return { fault: otherForm };
    return boundedSubject(canonicalUsername(typedName));
  }

  /** An operator who points into claims wants to know why there are none. */
  private whyNoClaims(reading: ClaimsReading | undefined): string {
    const { subject } = this.pointers;
    if (reading?.kind !== 'none' || !subject || !isIntoClaims(subject)) return '';
    return `; it has no claims that count: ${reading.why}`;
  }

  private describe(
    document: JsonObject,
    pointers: IdentityPointers,
    { id, canonicalName }: { readonly id: string; readonly canonicalName: string },
  ): Identity {
    const text = (what: keyof IdentityPointers) => textAt(document, placesOf(what, pointers));
    return {
      subject: `${this.strategy}:${id}`,
      username: canonicalUsername(text('username') ?? canonicalName),
      displayName: text('displayName'),
      givenName: text('givenName'),
      familyName: text('familyName'),
      email: text('email'),
      groups: [],
      roles: textsAt(document, placesOf('roles', pointers)),
      attributes: {},
      strategy: this.strategy,
    };
  }
}

const noSubject = 'the answer holds no id of the person where EXTERNAL_AUTH_SUBJECT points';
const noProof =
  'the answer is a success without an access token (`data.access_token`, or where EXTERNAL_AUTH_ACCESS_TOKEN points); for a ' +
  'service that gives none, EXTERNAL_AUTH_SUBJECT must say where it names the person';

const otherForm =
  'the name was typed in compatibility characters (such as full-width letters), which are other names elsewhere; ' +
  'EXTERNAL_AUTH_SUBJECT must say where the answer names the person';

/** Whether compatibility characters in a name became plain ones (Unicode Annex 15, NFKC against NFC). */
function hasOtherForm(typedName: string): boolean {
  return typedName.normalize('NFKC') !== typedName.normalize('NFC');
}
