import type { Socket } from 'node:net';
import type { Client, Dispatcher } from 'undici';
import { callFailure, NotReached, Unanswered } from './call-failure';
import type { ContinueFilter } from './continue-filter';
import type { StepLimit } from './step-limit';
import { isSuccess, type UpstreamAnswer, UpstreamFailure } from './upstream-call';

/** One request as it goes over the wire. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** From now to the head of the answer. */
  readonly headersLimit: StepLimit;
  /** Asked once the head is here: from there to the end of the answer. */
  readonly bodyLimit: () => StepLimit;
}

/** A client that speaks HTTP on one socket. */
export interface Connection {
  readonly client: Client;
  readonly socket: Socket;
  readonly continueFilter: ContinueFilter;
  /** The first error of the socket. undici tells of the last: of the end that followed, not of the TLS alert that says why. */
  firstError?: unknown;
}

type Head = Omit<UpstreamAnswer, 'body'>;
type Controller = Dispatcher.DispatchController;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

const longestBodyBytes = 64 * 1024;

/**
 * Sends one request on a connection. After a failure, and after an answer that was cut short, the connection must not be used again.
 * @throws NotReached when not a byte of it was sent; Unanswered when it may have arrived.
 */
export function exchange(connection: Connection, request: ExchangeRequest): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(request, connection, { resolve, reject });
    const { method, target, headers, body } = request;
    connection.continueFilter.expectAnswer();
    connection.client.dispatch({ method, path: target, headers, body, idempotent: false }, handler);
  });
}

interface Outcome {
  readonly resolve: (answer: UpstreamAnswer) => void;
  readonly reject: (failure: UpstreamFailure) => void;
}

/** What undici tells of one request. Nothing of the answer is kept but what an UpstreamAnswer needs. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private head: Head | undefined;
  private controller: Controller | undefined;
  private isDone = false;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly request: ExchangeRequest,
    private readonly connection: Pick<Connection, 'firstError'>,
    private readonly outcome: Outcome,
  ) {
    const { headersLimit } = request;
    this.timer = headersLimit.onEnd(() => this.timeOut(headersLimit, 'no answer'));
  }

  /** undici calls it right before the first byte is written. */
  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.isDone) controller.abort(new Error('too late'));
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    // 1xx answers come before the real one (RFC 9110 section 15.2).
    if (this.isDone || status < 200) return;
    this.head = {
      status,
      contentType: firstOf(headers['content-type']),
      retryAfter: firstOf(headers['retry-after']),
      setCookies: [headers['set-cookie'] ?? []].flat(),
    };
    clearTimeout(this.timer);
    const limit = this.request.bodyLimit();
    this.timer = limit.onEnd(() => this.timeOut(limit, 'no whole answer'));
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.isDone) return;
    this.bytes += chunk.length;
    if (this.bytes > longestBodyBytes) this.cutShort(controller);
    else if (this.head && isSuccess(this.head.status)) this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.head) this.succeed(this.head, isSuccess(this.head.status));
  }

  onResponseError(_controller: Controller, error: unknown): void {
    const failure = callFailure(this.connection.firstError ?? error, this.request.origin);
    if (this.controller === undefined && failure.health === 'outage') {
      this.fail(new NotReached(`${this.request.origin}: the connection was closed before it could be used`));
    } else this.endEarly(failure);
  }

  private timeOut(limit: StepLimit, what: string): void {
    const message = `${this.request.origin}: ${what} ${limit.words}`;
    this.endEarly(new Unanswered(message, { health: 'outage', setting: limit.setting }));
    this.controller?.abort(new Error('too late'));
  }

  /** Whatever is not read goes with the connection. */
  private cutShort(controller: Controller): void {
    if (this.head) this.succeed(this.head, false);
    controller.abort(new Error('too long'));
  }

  /** The status of a refusal has said all; its body was read away only to keep the connection. */
  private endEarly(failure: Unanswered): void {
    if (this.head && !isSuccess(this.head.status)) this.succeed(this.head, false);
    else this.fail(failure);
  }

  private succeed(head: Head, hasBody: boolean): void {
    this.finish();
    this.outcome.resolve(hasBody ? { ...head, body: Buffer.concat(this.chunks, this.bytes) } : head);
  }

  private fail(failure: UpstreamFailure): void {
    this.finish();
    this.outcome.reject(failure);
  }

  private finish(): void {
    this.isDone = true;
    clearTimeout(this.timer);
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
