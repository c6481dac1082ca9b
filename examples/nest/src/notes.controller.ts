import { Body, Controller, Get, Post } from '@nestjs/common';
import { type Bearer, CurrentBearer, GatehouseError, Public, RateLimit } from 'gatehouse';
import { IsString, Length } from 'class-validator';
import { MemberTable } from './member-table';

export class NoteBody {
  @IsString()
  @Length(1, 500)
  text: string = '';
}

const mostNotes = 100;

/** Notes of each member, behind the access tokens of the gateway. The limit of `/api/auth` does not count these requests. */
@Controller('notes')
@RateLimit('none')
export class NotesController {
  private readonly notes = new Map<string, readonly string[]>();

  constructor(private readonly members: MemberTable) {}

  /** Open to everybody; every other route wants an access token without a word of its own. */
  @Get('club')
  @Public()
  async club(): Promise<object> {
    return { members: await this.members.count() };
  }

  @Get()
  mine(@CurrentBearer() { identity }: Bearer): object {
    return { of: identity.displayName, notes: this.notes.get(identity.subject) ?? [] };
  }

  @Post()
  add(@CurrentBearer() { identity }: Bearer, @Body() { text }: NoteBody): object {
    const earlier = this.notes.get(identity.subject) ?? [];
    const notes = [...earlier, text].slice(-mostNotes);
    this.notes.set(identity.subject, notes);
    return { notes };
  }

  /** Roles are the strategy's word; what they allow is the application's. */
  @Get('all')
  all(@CurrentBearer() { identity }: Bearer): object {
    if (!identity.roles.includes('committee'))
      throw new GatehouseError('FORBIDDEN', { detail: 'not of the committee' });
    return { notes: [...this.notes.values()].flat() };
  }
}
