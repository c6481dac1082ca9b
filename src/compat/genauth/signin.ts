import { Inject, Injectable } from '@nestjs/common';
import { AuthService, type IssuedTokens, type LoginResult, type Visit } from '../../auth/auth.service';
import { type ClientGrant, grantOf } from '../../clients/grant';
import { GatehouseError } from '../../common/gatehouse-error';
import type { RequestContext } from '../../common/request-context';
import { signingAlgorithm } from '../../config/check-keys';
import type { OAuthClient } from '../../config/client-settings';
import { strategyOfConnection } from '../../config/genauth-settings';
import { Settings } from '../../config/settings';
import { apiCodes } from './api-codes';
import { auditableData } from './client-data';
import { GenAuthError } from './genauth-error';
import type { SignInRequest } from './signin-request';
import { TypedPassword } from './typed-password';

/** The door's name in the audit trail. */
export const genAuthDoor = 'genauth';

/** `data` of a sign-in, by GenAuth's names: `expire_in` has no s. */
export interface SignInData {
  readonly scope: string;
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly token_type: 'Bearer';
  readonly expire_in?: number;
}

/** A sign-in of an application that may ask for one. */
export interface AppSignIn extends SignInRequest {
  readonly client: OAuthClient;
  /** Whether it has shown its secret. */
  readonly isProven: boolean;
  /** What it showed of its secret, which must reach no log. */
  readonly appSecrets: readonly string[];
}

type SignInSettings = Pick<
  Settings,
  'GENAUTH_CONNECTIONS' | 'ACCESS_TOKEN_TTL_SECONDS' | 'JWT_ALGORITHM' | 'JWT_SECRET'
>;

/** Translates a sign-in into a login, and its outcome into what clients of GenAuth know. */
@Injectable()
export class SignIn {
  /** What an application gets that asks for nothing in particular, as far as it may have it. HS256 has no ID tokens. */
  private readonly defaultScope: readonly string[];

  constructor(
    private readonly passwords: TypedPassword,
    private readonly auth: AuthService,
    @Inject(Settings) private readonly settings: SignInSettings,
  ) {
    this.defaultScope = signingAlgorithm(settings) === 'HS256' ? ['profile'] : ['openid', 'profile'];
  }

  /**
   * @throws GatehouseError INVALID_SCOPE, and what AuthService.login throws; UNAUTHORIZED by the number of a wrong
   * login
   */
  async run(request: AppSignIn, context: RequestContext): Promise<SignInData> {
    const grant = grantFor(request.client, request.options.scope, this.defaultScope);
    const isLasting = grant.scope.includes('offline_access');
    // Without a refresh token nobody can lead the session on, so it ends with its access token.
    const session = isLasting ? {} : { longestMs: this.settings.ACCESS_TOKEN_TTL_SECONDS * 1000 };
    const issued = await this.login({ request, grant, session }, visitOf(request, context));
    return dataOf(issued, grant, isLasting);
  }

  private async login({ request, ...terms }: LoginTerms, visit: Visit): Promise<LoginResult> {
    const { username, connection, options } = request;
    const password = await this.passwords.from(options.passwordEncryptType, request.password, visit.address);
    const strategy = strategyOfConnection(this.settings.GENAUTH_CONNECTIONS, connection);
    const { context, tenantId, customData } = options;
    const secrets = [password, request.password, ...request.appSecrets];
    const clientData = auditableData({ context, tenantId, customData }, secrets);
    const login = { credentials: { username, password }, ...terms };
    try {
      return await this.auth.login(
        { ...login, ...(strategy !== undefined && { strategy }), ...(clientData && { clientData }) },
        visit,
      );
    } catch (error) {
      throw error instanceof GatehouseError && error.code === 'UNAUTHORIZED' ? wrongLogin(error) : error;
    }
  }
}

interface LoginTerms {
  readonly request: AppSignIn;
  readonly grant: ClientGrant;
  readonly session: { readonly longestMs?: number };
}

/** What was asked for must be allowed; what is given unasked is cut to what is allowed. */
function grantFor(
  client: OAuthClient,
  requested: string | undefined,
  defaultScope: readonly string[],
): ClientGrant {
  if (requested !== undefined && requested.trim() !== '') return grantOf(client, requested);
  const scope = defaultScope.filter((token) => client.scope?.includes(token) ?? true);
  return { clientId: client.clientId, scope };
}

/** The address that the application names is believed where it has shown its secret: it knows its own visitors best. */
function visitOf({ options, isProven }: AppSignIn, context: RequestContext): Visit {
  const address = isProven ? options.clientIp : undefined;
  return { ...context, ...(address !== undefined && { address }), door: genAuthDoor };
}

function dataOf(issued: IssuedTokens, { scope }: ClientGrant, isLasting: boolean): SignInData {
  const { accessToken, idToken, refreshToken, expiresInSeconds } = issued;
  return {
    scope: scope.join(' '),
    access_token: accessToken,
    ...(idToken !== undefined && { id_token: idToken }),
    ...(isLasting && refreshToken !== undefined && { refresh_token: refreshToken }),
    token_type: 'Bearer',
    ...(expiresInSeconds !== undefined && { expire_in: expiresInSeconds }),
  };
}

function wrongLogin(cause: GatehouseError): GenAuthError {
  return new GenAuthError({
    code: 'UNAUTHORIZED',
    api: { statusCode: 403, apiCode: apiCodes.wrongLogin },
    text: {
      es: 'La cuenta no existe o la contraseña es incorrecta.',
      en: 'Account not exists or password is incorrect.',
    },
    cause,
  });
}
