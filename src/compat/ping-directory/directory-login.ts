import { Inject, Injectable } from '@nestjs/common';
import { AuthService, type LoginRequest, type LoginResult, type Visit } from '../../auth/auth.service';
import { EntryService } from '../../auth/entry.service';
import type { DistinguishedName } from '../../common/distinguished-name';
import { GatehouseError } from '../../common/gatehouse-error';
import { Settings } from '../../config/settings';
import type { PasswordState, SourceEntry } from '../../strategies/credential-strategy';
import type { Identity } from '../../strategies/identity';
import type { AuthenticateRequest } from './authenticate-request';
import type { JsonControl } from './json-control';
import { withControls } from './login-refused';
import { OwnEntry } from './own-entry';
import { responseControls } from './response-controls';
import { type ResultCode, resultCode } from './result-code';
import { identityDn, identityName, userAttributes } from './user-attributes';

/** The answer to an accepted login. */
export interface AuthenticateAnswer {
  readonly resultCode: ResultCode;
  /** Where attributes were asked for. */
  readonly userAttributes?: ReturnType<typeof userAttributes>;
  readonly accessToken: string;
  /** Where the source knows it. */
  readonly secondsUntilPasswordExpiration?: number;
  /** Where it is true. */
  readonly mustChangePassword?: true;
  readonly _controls?: readonly JsonControl[];
}

/** Whose login was accepted, and what the request wants to know of them. */
interface Accepted {
  readonly identity: Identity;
  readonly request: AuthenticateRequest;
  readonly password: PasswordState | undefined;
}

/** A login by the words of this API, through the one story of a login. */
@Injectable()
export class DirectoryLogin {
  constructor(
    private readonly auth: AuthService,
    private readonly entries: EntryService,
    private readonly ownEntry: OwnEntry,
    @Inject(Settings) private readonly settings: Pick<Settings, 'ACCESS_TOKEN_TTL_SECONDS'>,
  ) {}

  /**
   * The session lives as long as its access token, because nobody gets a refresh token for it.
   * @throws GatehouseError as `AuthService.login`; SERVICE_UNAVAILABLE when the entry cannot be read after that
   */
  async login(request: AuthenticateRequest, visit: Visit): Promise<AuthenticateAnswer> {
    const session = { longestMs: this.settings.ACCESS_TOKEN_TTL_SECONDS * 1000 };
    const attempt = this.auth.login({ ...this.whom(request), session }, visit);
    const result = await withControls(request.controls, attempt);
    try {
      return await this.answer(request, result);
    } catch (error) {
      // A client that gets no token must not leave a session behind.
      await this.auth.logout({ accessSessionId: result.session?.id }, visit);
      throw error;
    }
  }

  private whom({ person, password }: AuthenticateRequest): LoginRequest {
    if ('username' in person) return { credentials: { username: person.username, password } };
    const named = this.nameIn(person.dn);
    if (named) return { credentials: { username: named.username, password }, strategy: named.strategy };
    return { credentials: { username: person.dn.text, password, namedBy: 'dn' } };
  }

  /** A DN that we made ourselves, for somebody whose source has none. */
  private nameIn({ text }: DistinguishedName): ReturnType<typeof identityName> {
    if (this.entries.isDnOfSource(text)) return undefined;
    const named = identityName(text);
    return named && this.entries.hasSource(named.strategy) ? named : undefined;
  }

  private async answer(
    request: AuthenticateRequest,
    { identity, accessToken, password }: LoginResult,
  ): Promise<AuthenticateAnswer> {
    if (!identity) throw new Error('A login without an identity: this dialect goes with no relay');
    const { entry, controls } = await this.wanted({ identity, request, password });
    const seconds = password?.secondsUntilExpiration;
    return {
      resultCode: resultCode('success'),
      ...(entry && request.returnUserAttributes.length > 0 && { userAttributes: userAttributes(entry) }),
      accessToken,
      ...(seconds !== undefined && { secondsUntilPasswordExpiration: seconds }),
      ...(password?.mustChange && { mustChangePassword: true }),
      ...(controls.length > 0 && { _controls: controls }),
    };
  }

  /** Reads of the entry only what the answer will show. */
  private async wanted(
    accepted: Accepted,
  ): Promise<{ readonly entry: SourceEntry | undefined; readonly controls: readonly JsonControl[] }> {
    const { request, identity, password } = accepted;
    const { controls, returnUserAttributes } = request;
    const { authorizationIdentity, authorizationEntry: asked } = controls;
    const needsEntry = returnUserAttributes.length > 0 || authorizationIdentity || asked !== undefined;
    const entry = needsEntry ? await this.entryOf(accepted, returnUserAttributes) : undefined;
    const authorizationEntry = asked && (await this.entryOf(accepted, asked.attributes));
    const dn = entry?.dn ?? identityDn(identity);
    const outcome = { accepted: true, dn, password, authorizationEntry } as const;
    return { entry, controls: responseControls(controls, outcome) };
  }

  private async entryOf({ identity, request }: Accepted, names: readonly string[]): Promise<SourceEntry> {
    const { person } = request;
    const dn = 'dn' in person && !this.nameIn(person.dn) ? person.dn.text : undefined;
    const entry = await this.ownEntry.read(identity, names, dn);
    if (entry) return entry;
    const detail = `${identity.strategy}: the login was accepted, but the person's entry cannot be read after it`;
    throw new GatehouseError('SERVICE_UNAVAILABLE', { detail });
  }
}
