import { All, Controller, Get, Headers, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiBearerAuth,
  ApiExcludeEndpoint,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '../common/api-description';
import type { Bearer } from '../auth/access-check';
import { bearerOf, CurrentBearer } from '../auth/access-token.guard';
import { AlsoTakesAccess, LeavesCookie, SparesSource } from '../auth/access-ways.decorator';
import { GatehouseError } from '../common/gatehouse-error';
import { DescribeErrors } from '../common/openapi';
import { RateLimit } from '../common/rate-limit.decorator';
import { Settings } from '../config/settings';
import type { Identity } from '../strategies/identity';
import { identityHeaderNames, type IdentityHeaders, identityHeaders } from './identity-headers';

const longestRole = 256;
const mostRoles = 16;

/** The request itself: whatever else a handler takes goes through the pipes, which is a part of what so small a request costs. */
type VerifyRequest = FastifyRequest<{ Querystring: { readonly role?: unknown } }>;

/**
 * Tells a proxy whether a request may pass, and who it speaks for. Asks no directory, except for a session cookie whose person was last
 * read more than IDENTITY_STALE_SECONDS ago.
 */
@ApiTags('Forward authentication')
@Controller('api/auth/verify')
@RateLimit('none')
@LeavesCookie()
export class VerifyController {
  private readonly headers = new WeakMap<Identity, IdentityHeaders>();

  constructor(@Inject(Settings) private readonly settings: Pick<Settings, 'ACCESS_TOKEN_GROUPS_MAX_BYTES'>) {}

  @ApiOperation({
    summary: 'Whether the access token lets its bearer in, for proxies',
    operationId: 'verify',
  })
  @ApiBearerAuth('access_token')
  @ApiQuery({
    name: 'role',
    required: false,
    description: 'A role that the person must have; with several, one of them.',
    schema: { type: 'array', items: { type: 'string' } },
  })
  @ApiQuery({
    name: 'redirect',
    required: false,
    description:
      'For proxies that take no redirect: a person is sent to the login page by `X-Auth-Redirect` of the 401.',
    schema: { type: 'string', enum: ['never'] },
  })
  @ApiResponse({
    status: 200,
    description: 'Let in; without a body. Absent members of the person are empty headers',
    headers: Object.fromEntries(
      identityHeaderNames.map((name) => [name, { schema: { type: 'string' as const } }]),
    ),
  })
  @ApiResponse({
    status: 302,
    description:
      'Not logged in, and a browser goes to a page: the login page, which leads back (docs/forward-auth.md)',
    headers: { Location: { schema: { type: 'string', format: 'uri' } } },
  })
  @DescribeErrors('UNAUTHORIZED', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'FORBIDDEN', 'SERVICE_UNAVAILABLE')
  @Get()
  @AlsoTakesAccess('session-cookie')
  @SparesSource()
  verify(@Req() request: VerifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    this.admit(bearerOf(request), wantedRoles(request.query.role), reply);
  }

  /**
   * For proxies that put a prefix before the original path and keep its method (Envoy). The roles come in a header that the proxy sets,
   * because the query is the client's here.
   */
  @ApiExcludeEndpoint()
  @All('ext-authz/*')
  @AlsoTakesAccess('session-cookie')
  @SparesSource()
  verifyPrefixed(
    @CurrentBearer() bearer: Bearer,
    @Headers('x-auth-role') wanted: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): void {
    void reply.status(200);
    this.admit(bearer, wantedRoles(wanted?.split(',').map((role) => role.trim())), reply);
  }

  private admit({ identity }: Bearer, roles: readonly string[], reply: FastifyReply): void {
    if (roles.length > 0 && !roles.some((role) => identity.roles.includes(role))) {
      throw new GatehouseError('FORBIDDEN', { detail: 'none of the roles that the proxy asks for' });
    }
    void reply.headers(this.headersOf(identity));
  }

  /** A session that has not changed is the same object each time, and so is its person. */
  private headersOf(identity: Identity): IdentityHeaders {
    const known = this.headers.get(identity);
    if (known) return known;
    const headers = identityHeaders(identity, this.settings.ACCESS_TOKEN_GROUPS_MAX_BYTES);
    this.headers.set(identity, headers);
    return headers;
  }
}

/** Anything that is no list of roles lets nobody in: the proxy's configuration is at fault. */
function wantedRoles(wanted: unknown): readonly string[] {
  if (wanted === undefined) return [];
  const given: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
  const roles = given.filter((role) => typeof role === 'string' && role !== '' && role.length <= longestRole);
  if (roles.length !== given.length || roles.length > mostRoles) throw faultyRole();
  return roles.filter((role) => typeof role === 'string');
}

function faultyRole(): GatehouseError {
  const text = { es: 'no es un valor permitido', en: 'is not an allowed value' };
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'role', text }] });
}
