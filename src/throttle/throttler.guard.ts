import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerLimitDetail } from '@nestjs/throttler';
import { GatehouseError } from '../common/gatehouse-error';
import { type RateLimitClass, rateLimitClassOf } from '../common/rate-limit.decorator';
import { tooManyLoginsText, tooManyRequestsText } from '../common/wait-text';
import { addressKey } from './address-key';

/** Who is counted: set by whoever knows the request's session, before this guard runs. */
export interface CountedRequest {
  readonly ip: string;
  readonly sessionId?: string;
}

/** Answers 429 before anything else is done for a request that comes too often. */
@Injectable()
export class RequestThrottlerGuard extends ThrottlerGuard {
  /** draft-ietf-httpapi-ratelimit-headers-06, the form that express-rate-limit made common. */
  protected override headerPrefix = 'RateLimit';

  protected override shouldSkip(context: ExecutionContext): Promise<boolean> {
    return Promise.resolve(this.classOf(context) === 'none');
  }

  /** Logins count by address, whatever else the request brings: a session must not buy further guesses. */
  protected override getTracker(request: CountedRequest, context?: ExecutionContext): Promise<string> {
    const byAddress = request.sessionId === undefined || (context && this.classOf(context) === 'login');
    return Promise.resolve(byAddress ? `address:${addressKey(request.ip)}` : `session:${request.sessionId}`);
  }

  /** All doors share one count of logins, so that a dialect is no way around it. */
  protected override generateKey(context: ExecutionContext, tracker: string): string {
    return `${this.classOf(context)}:${tracker}`;
  }

  protected override throwThrottlingException(
    context: ExecutionContext,
    { limit, timeToExpire }: ThrottlerLimitDetail,
  ): Promise<void> {
    throw new GatehouseError('TOO_MANY_REQUESTS', {
      text:
        this.classOf(context) === 'login'
          ? tooManyLoginsText(timeToExpire)
          : tooManyRequestsText(timeToExpire),
      retryAfterSeconds: timeToExpire,
      headers: {
        'RateLimit-Limit': String(limit),
        'RateLimit-Remaining': '0',
        'RateLimit-Reset': String(timeToExpire),
      },
    });
  }

  private classOf(context: ExecutionContext): RateLimitClass {
    return rateLimitClassOf(this.reflector, context);
  }
}
