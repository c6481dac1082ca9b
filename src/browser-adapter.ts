import type { HttpServer } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { GatehouseError } from './common/gatehouse-error';

/** Sets the security headers, and gives an error for a request that is not to go on. */
type SecurityHook = Parameters<NonNullable<HttpServer['registerSecurityHook']>>[0];
type RefuseOrigin = (request: FastifyRequest) => GatehouseError;

/** Node checks each header anew that it is given one by one; `completeAnswers` puts them all to those that Fastify writes at once. */
const nowhere = { setHeader: () => undefined, removeHeader: () => undefined };

/** Fastify with Nest's protection of browsers, whose refusals get a code of ours, and whose headers reach every answer. */
export class BrowserAdapter extends FastifyAdapter {
  private protection: SecurityHook = () => undefined;
  /** Set by whoever turns the protection on. */
  refuseOrigin: RefuseOrigin | undefined;
  /** Whether routes may write to Node's response themselves, past all hooks, as those of an application that embeds the gateway may. */
  hasRawAnswers = false;

  /** Nest hands over its one hook here, which gives an error for a request of a foreign origin and nothing else. */
  override registerSecurityHook(hook: SecurityHook): void {
    this.protection = hook;
    super.registerSecurityHook((request: FastifyRequest, response) => {
      const refusal = hook(request, this.hasRawAnswers ? response : nowhere);
      return refusal && (this.refuseOrigin?.(request) ?? refusal);
    });
  }

  /** The security headers, for answers to what is no request yet, or none at all: no hook runs for them. */
  securityHeaders(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    const response = {
      setHeader: (name: string, value: string) => void (headers[name] = value),
      removeHeader: () => undefined,
    };
    // A GET is refused to nobody, so that this only collects.
    this.protection({ method: 'GET', headers: {} }, response);
    return headers;
  }
}
