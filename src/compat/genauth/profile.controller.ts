import { Controller, Get, Query } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { ClientRegistry } from '../../clients/client-registry';
import { GatehouseError } from '../../common/gatehouse-error';
import { isJsonObject } from '../../common/json-pointer';
import { type ApiEnvelope, apiSuccess } from './envelope';
import { DescribeGenAuth, DescribeGroups, DescribeProfile, DescribeRoles } from './genauth.openapi';
import { defaultNamespace, viewOfGroup, viewOfRole, viewOfUser } from './user-view';

type View = Readonly<Record<string, unknown>>;

/** Who the bearer of an access token is. The SDK sends the token alone, without `Bearer`. */
@DescribeGenAuth()
@Controller('api/v3')
@AlsoTakesAccess('raw')
export class ProfileController {
  constructor(private readonly clients: ClientRegistry) {}

  @DescribeProfile()
  @Get('get-profile')
  profile(@CurrentBearer() bearer: Bearer, @Query() query: unknown): ApiEnvelope<View> {
    const wants = (name: string) => isJsonObject(query) && query[name] === 'true';
    const wishes = {
      withCustomData: wants('withCustomData'),
      withIdentities: wants('withIdentities'),
      withDepartmentIds: wants('withDepartmentIds'),
    };
    return apiSuccess(viewOfUser(bearer, wishes));
  }

  @DescribeRoles()
  @Get('get-my-role-list')
  roles(@CurrentBearer() bearer: Bearer, @Query() query: unknown): ApiEnvelope<readonly View[]> {
    this.demandScope(bearer, 'roles');
    const namespace = isJsonObject(query) ? query['namespace'] : undefined;
    const isOurs = [undefined, '', defaultNamespace].some((known) => known === namespace);
    return apiSuccess(isOurs ? bearer.identity.roles.map(viewOfRole) : []);
  }

  @DescribeGroups()
  @Get('get-my-group-list')
  groups(@CurrentBearer() bearer: Bearer): ApiEnvelope<readonly View[]> {
    this.demandScope(bearer, 'groups');
    return apiSuccess(bearer.identity.groups.map(viewOfGroup));
  }

  /**
   * Clients of GenAuth ask for these lists without a scope for them, so what counts is whether the application may have it.
   * @throws GatehouseError INSUFFICIENT_SCOPE
   */
  private demandScope({ session }: Bearer, scope: string): void {
    if (!session?.grant) return;
    const client = this.clients.find(session.grant.clientId);
    const mayKnow = client !== undefined && (client.scope?.includes(scope) ?? true);
    if (!mayKnow) throw new GatehouseError('INSUFFICIENT_SCOPE');
  }
}
