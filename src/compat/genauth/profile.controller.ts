import { Controller, Get, Query } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
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
  roles(@CurrentBearer() { identity }: Bearer, @Query() query: unknown): ApiEnvelope<readonly View[]> {
    const namespace = isJsonObject(query) ? query['namespace'] : undefined;
    const isOurs = [undefined, '', defaultNamespace].some((known) => known === namespace);
    return apiSuccess(isOurs ? identity.roles.map(viewOfRole) : []);
  }

  @DescribeGroups()
  @Get('get-my-group-list')
  groups(@CurrentBearer() { identity }: Bearer): ApiEnvelope<readonly View[]> {
    return apiSuccess(identity.groups.map(viewOfGroup));
  }
}
