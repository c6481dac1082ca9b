import { Limiter, LimiterFull } from '../../../common/limiter';
import type { Instruments } from '../../../common/instruments';
import type { Logger } from '../../../common/logger';
import type { FileWatcher } from '../../../common/watched-files';
import type { ExternalSettings } from '../../../config/external-settings';
import { Deadline } from '../../outbound/deadline';
import type { HostLookup } from '../../outbound/host-lookup';
import type { PeerHealth } from '../../source-health';
import { NotReached } from './call-failure';
import { tlsTermsOf } from './connector';
import { UpstreamAddress } from './upstream-address';
import {
  type Caller,
  isGatewayFailure,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from './upstream-call';

export interface UpstreamOptions {
  readonly logger?: Logger;
  /** The name in STRATEGIES, for the log. */
  readonly strategy?: string;
  /** Finds the addresses of host names; if absent, the one of the process. Tests answer themselves. */
  readonly hosts?: HostLookup;
  readonly instruments?: Instruments;
  /** Follows the TLS files, where given. */
  readonly files?: FileWatcher | undefined;
}

/**
 * The way to the service: its addresses in order, and how many calls may run. A call goes to the next address only when nothing of
 * it was sent, or when it may be repeated, because a login that arrived twice may count as two wrong passwords. Calls that are no
 * login and no refresh have fewer places, of their own, so that however many they are, they never keep anybody from logging in.
 */
export class Upstream implements Caller {
  private readonly addresses: readonly UpstreamAddress[];
  private readonly logins: Limiter;
  private readonly others: Limiter;
  private readonly running = new Set<Promise<unknown>>();
  private isClosed = false;

  /** @throws Error that names the setting which cannot be used. */
  constructor(
    private readonly settings: ExternalSettings,
    options: UpstreamOptions = {},
  ) {
    if (settings.EXTERNAL_AUTH_URL.length === 0) {
      throw new Error('EXTERNAL_AUTH_URL is needed by the external strategy');
    }
    const tls = tlsTermsOf(settings, options.files);
    this.addresses = settings.EXTERNAL_AUTH_URL.map(
      (base) => new UpstreamAddress({ base, settings, tls, ...options }),
    );
    const { EXTERNAL_AUTH_MAX_CONNECTIONS: places, EXTERNAL_AUTH_MAX_QUEUE: queue } = settings;
    this.logins = new Limiter(places, queue);
    this.others = new Limiter(Math.max(1, Math.floor(places / 4)), Math.floor(queue / 4));
  }

  /**
   * One deadline from here to the last byte, the wait for a turn included. A waiting call needs no timer of its own: those
   * before it have earlier deadlines, so its turn comes in time to be told that it is too late.
   * @throws UpstreamFailure
   */
  async call(call: UpstreamCall): Promise<UpstreamAnswer> {
    if (this.isClosed) throw new UpstreamFailure('the gateway is shutting down');
    const deadline = Deadline.in(this.settings.EXTERNAL_AUTH_TIMEOUT_MS);
    const limiter = isLogin(call) ? this.logins : this.others;
    const answer = limiter.run(() => this.send(call, deadline));
    this.running.add(answer);
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof LimiterFull)) throw error;
      throw new UpstreamFailure(`too many ${kindOf(call)} wait for the service (EXTERNAL_AUTH_MAX_QUEUE)`, {
        setting: 'EXTERNAL_AUTH_MAX_QUEUE',
      });
    } finally {
      this.running.delete(answer);
    }
  }

  health(): readonly PeerHealth[] {
    return this.addresses.map((address) => address.health());
  }

  /** Takes no more calls, lets those end that run or wait (their deadlines bound that), then closes the connections. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.allSettled(this.running);
    await Promise.all(this.addresses.map((address) => address.close()));
  }

  private async send(call: UpstreamCall, deadline: Deadline): Promise<UpstreamAnswer> {
    const failures: UpstreamFailure[] = [];
    let answer: UpstreamAnswer | undefined;
    for (const address of this.addresses) {
      if (deadline.isOver) break;
      try {
        answer = await address.send(call, deadline);
        if (!(call.isRepeatable && isGatewayFailure(answer.status))) return answer;
      } catch (error) {
        if (!(error instanceof UpstreamFailure)) throw error;
        failures.push(error);
        if (!(error instanceof NotReached || call.isRepeatable)) break;
      }
    }
    if (answer) return answer;
    throw failureOf(call, failures);
  }
}

/** Logins and refreshes: what people wait for to get in. */
function isLogin({ operation }: UpstreamCall): boolean {
  return operation === 'login' || operation === 'refresh';
}

function kindOf(call: UpstreamCall): string {
  return isLogin(call) ? 'logins' : 'logouts and readings';
}

function failureOf(call: UpstreamCall, failures: readonly UpstreamFailure[]): UpstreamFailure {
  const [first] = failures;
  if (first === undefined) {
    const setting = 'EXTERNAL_AUTH_TIMEOUT_MS';
    return new UpstreamFailure(`no turn came within ${setting}: too many ${kindOf(call)} at once`, {
      setting,
    });
  }
  const waits = failures.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  return new UpstreamFailure(failures.map(({ message }) => message).join('; '), {
    ...(first.setting !== undefined && { setting: first.setting }),
    ...(waits.length > 0 && { retryAfterSeconds: Math.min(...waits) }),
  });
}
