import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { attributeSelection } from './attribute-selection';
import { OwnPassword, type PasswordAnswer } from './own-password';
import { demandEntry, demandWholeAccess, OwnEntry } from './own-entry';
import { DescribeChangePassword, DescribeMe, DescribePingDirectory } from './ping-directory.openapi';
import { userAttributes } from './user-attributes';

/** What people who have logged in may do with their own entry, as in PingDirectory's Directory REST API. */
@DescribePingDirectory()
@Controller('directory/v1')
export class OwnEntryController {
  constructor(
    private readonly ownEntry: OwnEntry,
    private readonly ownPassword: OwnPassword,
  ) {}

  @DescribeMe()
  @Get('me')
  async me(
    @CurrentBearer() bearer: Bearer,
    @Query('includeAttributes') include: unknown,
    @Query('excludeAttributes') exclude: unknown,
  ): Promise<ReturnType<typeof userAttributes>> {
    demandWholeAccess(bearer);
    const selection = attributeSelection(include, exclude);
    const entry = demandEntry(await this.ownEntry.read(bearer.identity, selection.names));
    return userAttributes(selection.shown(entry));
  }

  @DescribeChangePassword()
  @Post(':dn/changePassword')
  @HttpCode(200)
  @Header('Content-Type', 'application/hal+json')
  @RateLimit('login')
  changePassword(
    @Param('dn') dn: string,
    @Body() body: unknown,
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
  ): Promise<PasswordAnswer> {
    return this.ownPassword.change({ dn, body, bearer }, { ...context, door: 'ping-directory' });
  }
}
