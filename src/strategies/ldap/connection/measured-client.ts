import { Client, type SearchResult } from 'ldapts';
import {
  type Instruments,
  type LdapOperation,
  ldapOperations,
  type Timer,
} from '../../../common/instruments';
import { resultCodeOf } from './directory-failure';
import { isOutage } from './pooled-connection';

/** A timer for each kind of operation at one server of one source. */
export type LdapTimers = Readonly<Record<LdapOperation, Timer>>;

export interface TimedServer {
  /** The name in STRATEGIES. */
  readonly source: string;
  readonly host: string;
  readonly port: number;
}

/** The timers of the operations at one server. */
export function ldapTimers(instruments: Instruments, { source, host, port }: TimedServer): LdapTimers {
  const attributes = { 'server.address': host, 'server.port': port };
  const timer = (operation: LdapOperation) =>
    instruments.timer('ldap_operation', { source, operation }, { outcomeOfError, attributes });
  const [connect, bind, search, modify, other] = ldapOperations;
  return {
    connect: timer(connect),
    bind: timer(bind),
    search: timer(search),
    modify: timer(modify),
    other: timer(other),
  };
}

/** A result that is no success is an answer, but for those that say that the server is of no use now. */
function outcomeOfError(error: unknown): 'refused' | 'unavailable' {
  return resultCodeOf(error) !== undefined && !isOutage(error) ? 'refused' : 'unavailable';
}

const passwordModifyOid = '1.3.6.1.4.1.4203.1.11.1';

/** Times every operation. What is sent and what comes back are untouched, and nothing of either is looked at but its kind. */
export class MeasuredClient extends Client {
  constructor(
    options: ConstructorParameters<typeof Client>[0],
    private readonly timers: LdapTimers,
  ) {
    super(options);
  }

  override bind(...request: Parameters<Client['bind']>): Promise<void> {
    return this.timers.bind.run(() => super.bind(...request));
  }

  /** A read of the root DSE is no search for anybody: it asks whether the server is there, and what it is. */
  override search(...request: Parameters<Client['search']>): Promise<SearchResult> {
    const timer = request[0] === '' ? this.timers.other : this.timers.search;
    return timer.run(() => super.search(...request));
  }

  override modify(...request: Parameters<Client['modify']>): Promise<void> {
    return this.timers.modify.run(() => super.modify(...request));
  }

  override exop(...request: Parameters<Client['exop']>): ReturnType<Client['exop']> {
    const timer = request[0] === passwordModifyOid ? this.timers.modify : this.timers.other;
    return timer.run(() => super.exop(...request));
  }
}
