import { Injectable } from '@nestjs/common';
import type { Bearer } from '../../auth/access-check';
import { EntryService } from '../../auth/entry.service';
import { GatehouseError } from '../../common/gatehouse-error';
import type { SourceEntry } from '../../strategies/credential-strategy';
import type { Identity } from '../../strategies/identity';
import { identityEntry } from './user-attributes';

/** The entry of somebody who has logged in, also where their source has none. */
@Injectable()
export class OwnEntry {
  constructor(private readonly entries: EntryService) {}

  /**
   * @param names as in `returnUserAttributes`
   * @param dn where it is known from elsewhere and the source cannot tell it
   * @returns undefined when the person is gone, barred or no longer let in
   * @throws StrategyUnavailable when the source could not answer
   */
  async read(identity: Identity, names: readonly string[], dn?: string): Promise<SourceEntry | undefined> {
    const reading = await this.entries.read(identity, names);
    if (reading.kind === 'gone') return undefined;
    return reading.kind === 'read' ? reading.entry : identityEntry(identity, names, dn);
  }
}

/**
 * Lets in only a token that may be used for anything. No scope means the whole entry, so one that a client was given opens none of it.
 * @throws GatehouseError INSUFFICIENT_SCOPE for a token with a scope, an empty one included
 */
export function demandWholeAccess({ scope }: Bearer): void {
  if (scope !== undefined) throw new GatehouseError('INSUFFICIENT_SCOPE');
}

/** @throws GatehouseError INVALID_TOKEN for somebody whom the source no longer lets in */
export function demandEntry(entry: SourceEntry | undefined): SourceEntry {
  if (entry) return entry;
  throw new GatehouseError('INVALID_TOKEN', {
    detail: 'the credential source no longer knows the person or has barred them',
  });
}
