import { Body, Controller, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsIn, IsOptional, IsString, MaxLength } from '../common/body-rules';
import { ApiPropertyOptional } from '../common/api-description';
import { ClientDoor } from '../clients/client-door';
import { grantOf } from '../clients/grant';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { Settings } from '../config/settings';
import { AccessCheck, type Bearer } from './access-check';
import { AlsoTakesAccess } from './access-ways.decorator';
import { CurrentBearer } from './access-token.guard';
import { BrowserSessions } from './browser-sessions';
import {
  DescribeLogin,
  DescribeLogout,
  DescribeMe,
  DescribeNativeApi,
  DescribeRefresh,
} from './auth.openapi';
import { AuthService, type IssuedTokens, type Visit } from './auth.service';
import { longestPassword, longestUsername, PasswordField, UsernameField } from './credential-fields';
import { messages, success, type SuccessEnvelope } from './envelope';
import { longestRefreshToken, refreshTokenOf } from './presented-tokens';
import { deviceCookie, deviceTokensOf } from './device-cookie';
import { clearedRefreshCookie, refreshCookie } from './refresh-cookie';
import { type ScopedUserView, scopedViewOfUser, type SessionView, viewOfSession } from './views';

/** True for a body that speaks English: `username` and `password` instead of `usuario` and `contrasenia`. */
function isEnglish(body: LoginBody): boolean {
  const spanish = body.usuario !== undefined || body.contrasenia !== undefined;
  return !spanish && (body.username !== undefined || body.password !== undefined);
}

export class LoginBody {
  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'Login name; or `username`.',
  })
  @UsernameField((body: LoginBody) => !isEnglish(body))
  usuario?: string;

  @ApiPropertyOptional({
    maxLength: longestPassword,
    example: 'correct horse',
    description: 'Password; or `password`.',
  })
  @PasswordField((body: LoginBody) => !isEnglish(body))
  contrasenia?: string;

  @ApiPropertyOptional({
    maxLength: longestUsername,
    example: 'alice',
    description: 'English name of `usuario`.',
  })
  @UsernameField(isEnglish)
  username?: string;

  @ApiPropertyOptional({
    maxLength: longestPassword,
    example: 'correct horse',
    description: 'English name of `contrasenia`.',
  })
  @PasswordField(isEnglish)
  password?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    example: 'ldap',
    description: 'Asks only this strategy of STRATEGIES.',
  })
  @IsOptional()
  @MaxLength(64)
  @IsString()
  strategy?: string;

  @ApiPropertyOptional({
    enum: ['cookie', 'body'],
    default: 'cookie',
    description:
      'How the refresh token travels: an HttpOnly cookie, or the JSON body for clients without a cookie jar.',
  })
  @IsOptional()
  @IsIn(['cookie', 'body'])
  token_delivery?: 'cookie' | 'body';

  @ApiPropertyOptional({
    maxLength: 128,
    example: 'app',
    description: 'A client of OAUTH_CLIENTS, to which the tokens then belong.',
  })
  @IsOptional()
  @MaxLength(128)
  @IsString()
  client_id?: string;

  @ApiPropertyOptional({ maxLength: 512, description: 'The secret of a confidential client.' })
  @IsOptional()
  @MaxLength(512)
  @IsString()
  client_secret?: string;

  @ApiPropertyOptional({
    maxLength: 1024,
    example: 'openid profile',
    description: 'With `client_id`: what the tokens are to be used for (RFC 6749 section 3.3).',
  })
  @IsOptional()
  @MaxLength(1024)
  @IsString()
  scope?: string;

  /** See `KnowsUsualBodies`: a name, a password, and perhaps how the refresh token travels. */
  static isUsual(body: unknown): boolean {
    if (typeof body !== 'object' || body === null) return false;
    const isWhole =
      ('username' in body && 'password' in body) || ('usuario' in body && 'contrasenia' in body);
    const members = Object.entries(body);
    return (
      isWhole &&
      members.length === ('token_delivery' in body ? 3 : 2) &&
      members.every(([name, value]) => typeof value === 'string' && usualMembers.get(name)?.(value) === true)
    );
  }
}

const isUsualName = (text: string): boolean => text.length <= longestUsername && /\S/.test(text);
const isUsualPassword = (text: string): boolean => text !== '' && text.length <= longestPassword;
const usualMembers: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['username', isUsualName],
  ['usuario', isUsualName],
  ['password', isUsualPassword],
  ['contrasenia', isUsualPassword],
  ['token_delivery', (text) => text === 'cookie' || text === 'body'],
]);

export class RefreshTokenBody {
  @ApiPropertyOptional({
    maxLength: longestRefreshToken,
    description: 'For clients that got it in a body; else the cookie.',
  })
  @IsOptional()
  @MaxLength(longestRefreshToken)
  @IsString()
  refresh_token?: string;

  /** See `KnowsUsualBodies`. */
  static isUsual(body: unknown): boolean {
    if (typeof body !== 'object' || body === null || !('refresh_token' in body)) return false;
    const { refresh_token: token } = body;
    const isToken = typeof token === 'string' && token.length <= longestRefreshToken;
    return isToken && Object.keys(body).length === 1;
  }
}

/** The tokens of an answer as the API spells them. `refresh_token` only where there is one and it travels in the body. */
interface TokenData {
  readonly access_token: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly token_type: 'Bearer';
  readonly expires_in?: number;
  readonly refresh_token?: string;
  readonly refresh_expires_in?: number;
}

interface LoginData extends TokenData {
  readonly user?: ScopedUserView;
  readonly password?: { readonly seconds_until_expiration?: number; readonly must_change: boolean };
}

interface MeData {
  readonly user: ScopedUserView;
  readonly session?: SessionView;
}

/** The native API's door: translates JSON and cookies, and leaves the story to AuthService. */
@DescribeNativeApi()
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly clients: ClientDoor,
    private readonly browsers: BrowserSessions,
    private readonly access: AccessCheck,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeLogin(LoginBody)
  @Post('login')
  @HttpCode(200)
  @Public()
  @RateLimit('login')
  async login(
    @Body() body: LoginBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<LoginData>> {
    const credentials = {
      username: body.usuario ?? body.username ?? '',
      password: body.contrasenia ?? body.password ?? '',
    };
    const visit = { ...throughNativeDoor(context), deviceTokens: deviceTokensOf(request, this.settings) };
    // First, so that a stranger learns nothing of the password.
    const client = await this.clients.ofLogin(request, visit);
    const grant = client && { grant: grantOf(client, body.scope) };
    const delivery = body.token_delivery ?? 'cookie';
    const earlier =
      delivery === 'cookie' ? await this.browsers.earlier(request, client?.clientId) : undefined;
    const session = earlier === undefined ? {} : { session: { replaces: [earlier.id] } };
    const wish = { credentials, strategy: body.strategy, ...grant, ...session };
    const result = await this.auth.login(wish, visit);
    if (earlier !== undefined) await this.browsers.endEarlier(earlier, visit);
    const password = result.password && {
      seconds_until_expiration: result.password.secondsUntilExpiration,
      must_change: result.password.mustChange,
    };
    const tokens = this.deliver(result, delivery, reply);
    const { deviceToken } = result;
    if (deviceToken !== undefined) void reply.header('Set-Cookie', deviceCookie(this.settings, deviceToken));
    return success(context.locale, messages.loggedIn, {
      ...tokens,
      user: result.identity && scopedViewOfUser(result.identity, grant?.grant.scope),
      password,
    });
  }

  @DescribeRefresh(RefreshTokenBody)
  @Post('refresh')
  @HttpCode(200)
  @Public()
  async refresh(
    @Body() _body: RefreshTokenBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<TokenData>> {
    const presented = refreshTokenOf(request, this.settings, this.access);
    if (!presented) return this.auth.refreshWithoutToken();
    const issued = await this.auth.refresh(presented.token, throughNativeDoor(context));
    return success(context.locale, messages.refreshed, this.deliver(issued, presented.delivery, reply));
  }

  @DescribeLogout(RefreshTokenBody)
  @Post('logout')
  @HttpCode(200)
  @Public()
  @RateLimit('logout')
  async logout(
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<null>> {
    const visit = throughNativeDoor(context);
    const excess = request.rateLimitExcess;
    const refreshToken = refreshTokenOf(request, this.settings, this.access)?.token;
    const accessSessionId = request.presentedAccess?.sessionId;
    await this.auth.logout({ refreshToken, accessSessionId, excess }, visit);
    void reply.header('Set-Cookie', clearedRefreshCookie(this.settings));
    await this.browsers.endPages(request, reply, visit);
    return success(context.locale, messages.loggedOut, null);
  }

  @DescribeMe()
  @Get('me')
  @AlsoTakesAccess('session-cookie')
  me(
    @CurrentBearer() { identity, session, scope }: Bearer,
    @Context() context: RequestContext,
  ): SuccessEnvelope<MeData> {
    const data = { user: scopedViewOfUser(identity, scope), session: session && viewOfSession(session) };
    return success(context.locale, messages.done, data);
  }

  private deliver(issued: IssuedTokens, delivery: 'cookie' | 'body', reply: FastifyReply): TokenData {
    const { accessToken, expiresInSeconds, refreshToken, refreshExpiresInSeconds } = issued;
    const access = {
      ...{ access_token: accessToken, token_type: 'Bearer' as const, expires_in: expiresInSeconds },
      ...(issued.idToken !== undefined && { id_token: issued.idToken }),
      ...(issued.scope && { scope: issued.scope.join(' ') }),
    };
    if (refreshToken === undefined) return access;
    if (delivery === 'body') {
      return { ...access, refresh_token: refreshToken, refresh_expires_in: refreshExpiresInSeconds };
    }
    const maxAgeSeconds = refreshExpiresInSeconds ?? this.settings.REFRESH_TOKEN_TTL_SECONDS;
    void reply.header('Set-Cookie', refreshCookie(this.settings, refreshToken, maxAgeSeconds));
    return access;
  }
}

function throughNativeDoor(context: RequestContext): Visit {
  return { ...context, door: 'native' };
}
