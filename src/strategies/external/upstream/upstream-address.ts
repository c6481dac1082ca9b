import { type Instruments, noInstruments, type TimedOutcome, type Timer } from '../../../common/instruments';
import type { Logger } from '../../../common/logger';
import type { ExternalSettings } from '../../../config/external-settings';
import type { Deadline } from '../../outbound/deadline';
import type { HostLookup } from '../../outbound/host-lookup';
import type { PeerHealth } from '../../source-health';
import { NotReached, Unanswered } from './call-failure';
import { CircuitBreaker, type Health, type Permit } from './circuit-breaker';
import { Connections } from './connections';
import type { TlsTerms } from './connector';
import type { ExchangeRequest } from './exchange';
import { StepLimit } from './step-limit';
import {
  isGatewayFailure,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
  type UpstreamOperation,
} from './upstream-call';

export interface UpstreamAddressOptions {
  /** One of EXTERNAL_AUTH_URL. */
  readonly base: URL;
  readonly settings: ExternalSettings;
  readonly tls: TlsTerms;
  readonly logger?: Logger | undefined;
  /** The name in STRATEGIES, for the log. */
  readonly strategy?: string | undefined;
  readonly hosts?: HostLookup | undefined;
  readonly instruments?: Instruments;
}

/** What one call showed of the address; the fault is for the log. */
interface Finding {
  readonly health: Health;
  readonly fault?: string;
}

/** One address of the service: its connections, and a breaker for each operation, which keeps its calls away while they fail. */
export class UpstreamAddress {
  private readonly connections: Connections;
  private readonly breakers = new Map<UpstreamOperation, CircuitBreaker>();
  private readonly timers = new Map<UpstreamOperation, Timer>();
  private readonly instruments: Instruments;
  private lastFault: { readonly text: string | undefined; readonly atMs: number } | undefined;

  constructor(private readonly options: UpstreamAddressOptions) {
    const { base, settings, tls, hosts, instruments = noInstruments } = options;
    this.instruments = instruments;
    this.connections = new Connections({
      address: base,
      tls,
      hosts,
      connectTimeoutMs: settings.EXTERNAL_AUTH_CONNECT_TIMEOUT_MS,
      keepAliveMs: settings.EXTERNAL_AUTH_KEEP_ALIVE_MS,
    });
  }

  /** @throws NotReached when nothing was sent, also while this operation is left alone; Unanswered when it may have arrived. */
  async send(call: UpstreamCall, deadline: Deadline): Promise<UpstreamAnswer> {
    const startedAtMs = performance.now();
    const { operation } = call;
    const admission = this.breakerOf(operation).admit(startedAtMs);
    if (!admission.admitted) throw this.leftAlone(operation, admission.retryInMs);
    let finding: Finding = { health: 'unknown' };
    try {
      const send = () => this.connections.send(() => this.requestFor(call, deadline), deadline);
      const answer = await this.timerOf(call).run(send, outcomeOfAnswer);
      finding = findingIn(answer);
      return answer;
    } catch (error) {
      finding = this.findingIn(error, startedAtMs);
      throw error;
    } finally {
      this.report(operation, admission.permit, finding);
    }
  }

  /** Up while those get through who want to get in or to stay in. */
  health(): PeerHealth {
    const isOut = (['login', 'refresh'] as const).some((operation) => this.breakers.get(operation)?.isOpen);
    const { lastFault: last } = this;
    const lastErrorAgeMs = last && performance.now() - last.atMs;
    return { address: this.options.base.origin, isUp: !isOut, lastError: last?.text, lastErrorAgeMs };
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private breakerOf(operation: UpstreamOperation): CircuitBreaker {
    const { settings } = this.options;
    const breaker =
      this.breakers.get(operation) ??
      new CircuitBreaker({
        failures: settings.EXTERNAL_AUTH_BREAKER_FAILURES,
        openMs: settings.EXTERNAL_AUTH_BREAKER_OPEN_MS,
        // No call lasts longer.
        trialMs: settings.EXTERNAL_AUTH_TIMEOUT_MS,
      });
    this.breakers.set(operation, breaker);
    return breaker;
  }

  private timerOf({ operation, method }: UpstreamCall): Timer {
    const known = this.timers.get(operation);
    if (known) return known;
    const { base, strategy: source = 'external' } = this.options;
    const port = Number(base.port) || (base.protocol === 'https:' ? 443 : 80);
    const attributes = {
      'http.request.method': method,
      'server.address': base.hostname,
      'server.port': port,
    };
    const outcomeOfError = (): TimedOutcome => 'unavailable';
    const terms = { outcomeOfError, attributes };
    const timer = this.instruments.timer('upstream_request', { source, operation }, terms);
    this.timers.set(operation, timer);
    return timer;
  }

  private requestFor({ method, path, headers, body }: UpstreamCall, deadline: Deadline): ExchangeRequest {
    const { base, settings } = this.options;
    const { pathname, search } = new URL(
      `${base.origin}${base.pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`,
    );
    const target = `${pathname}${search}`;
    const within = (ms: number, setting: string) => StepLimit.within(deadline, { ms, setting });
    return {
      method,
      origin: base.origin,
      target,
      headers: { ...this.instruments.outgoingHeaders(), ...headers(target) },
      body,
      headersLimit: within(settings.EXTERNAL_AUTH_HEADERS_TIMEOUT_MS, 'EXTERNAL_AUTH_HEADERS_TIMEOUT_MS'),
      bodyLimit: () => within(settings.EXTERNAL_AUTH_BODY_TIMEOUT_MS, 'EXTERNAL_AUTH_BODY_TIMEOUT_MS'),
    };
  }

  private findingIn(error: unknown, startedAtMs: number): Finding {
    if (!(error instanceof UpstreamFailure)) return { health: 'unknown' };
    const health = error instanceof Unanswered ? error.health : 'outage';
    // Where most of the call's time had gone before, in the queue or elsewhere, running out of it says nothing about this address.
    const { EXTERNAL_AUTH_TIMEOUT_MS: wholeMs } = this.options.settings;
    const isCut = error.setting === 'EXTERNAL_AUTH_TIMEOUT_MS';
    const hadLittleTime = isCut && performance.now() - startedAtMs < wholeMs / 2;
    return { health: hadLittleTime ? 'unknown' : health, fault: error.message };
  }

  private leftAlone(operation: UpstreamOperation, retryInMs: number): NotReached {
    const { base, settings } = this.options;
    const words = `left alone for every ${operation} for up to ${settings.EXTERNAL_AUTH_BREAKER_OPEN_MS} ms (EXTERNAL_AUTH_BREAKER_OPEN_MS)`;
    return new NotReached(`${base.origin}: ${words} after outages in a row`, {
      retryAfterSeconds: Math.max(1, Math.ceil(retryInMs / 1000)),
    });
  }

  private report(operation: UpstreamOperation, permit: Permit, { health, fault }: Finding): void {
    if (health === 'outage') this.lastFault = { text: fault, atMs: performance.now() };
    const change = this.breakerOf(operation).report(permit, health, performance.now());
    const { base, settings, logger, strategy } = this.options;
    const fields = { strategy, address: base.origin, operation };
    if (change === 'closed') logger?.info(fields, `${base.origin} answers again (${operation})`);
    if (change === 'opened') {
      const outages = `${settings.EXTERNAL_AUTH_BREAKER_FAILURES} outages in a row`;
      const times = `tried again every ${settings.EXTERNAL_AUTH_BREAKER_OPEN_MS} ms`;
      logger?.warn(
        { ...fields, fault },
        `${base.origin} is left alone for every ${operation} after ${outages} and ${times}`,
      );
    }
  }
}

function findingIn({ status }: UpstreamAnswer): Finding {
  return isGatewayFailure(status) ? { health: 'outage', fault: `status ${status}` } : { health: 'alive' };
}

/** A status below 500 is an answer, whatever it says; a service that fails has not given one. */
function outcomeOfAnswer({ status }: UpstreamAnswer): TimedOutcome {
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'refused' : 'ok';
}
