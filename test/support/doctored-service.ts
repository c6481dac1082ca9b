import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type OddCertificate, oddCertificates, type OddCertificates } from '../servers/certificates';
import { type FixedAnswer, ServiceFront } from '../servers/service-front';
import { startUpstream, type Upstream } from '../servers/upstream';
import type { Variables } from './doctor-cli';

export const jwksPath = '/api/AuthJWT/GetJwks';

export function publicKey(kid: string, more: object = {}): object {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  return { ...jwk, kid, use: 'sig', alg: 'RS256', ...more };
}

export function json(status: number, body: unknown): FixedAnswer {
  return { status, body: JSON.stringify(body) };
}

/** External services for the doctor to look at. */
export class ServiceBench {
  private readonly fronts: ServiceFront[] = [];
  private readonly keys = json(200, { keys: [publicKey('key-2026')] });
  private started: { upstream: Upstream; certificates: OddCertificates } | undefined;

  async start(): Promise<void> {
    this.started = { certificates: await oddCertificates(), upstream: await startUpstream() };
  }

  get upstream(): Upstream {
    return this.whole().upstream;
  }

  get certificates(): OddCertificates {
    return this.whole().certificates;
  }

  /**
   * The settings for a service whose keys are published, with these answers of its own; over TLS with a certificate. `strict` lets in
   * only who shows one too.
   */
  async service(
    answers: Readonly<Record<string, FixedAnswer>> = {},
    certificate?: OddCertificate,
    strict = false,
  ): Promise<Variables> {
    const read = (file: string) => readFileSync(file, 'utf8');
    const pair = certificate && this.certificates.pair(certificate);
    const front = await ServiceFront.start({
      behind: this.upstream,
      answers: { [jwksPath]: this.keys, ...answers },
      ...(pair && {
        tls: {
          key: read(pair.keyFile),
          cert: read(pair.certFile),
          ...(strict && { ca: read(this.certificates.caFile) }),
        },
      }),
    });
    this.fronts.push(front);
    const authority = pair && { EXTERNAL_AUTH_TLS_CA_FILE: this.certificates.caFile };
    return { STRATEGIES: 'external', EXTERNAL_AUTH_URL: front.url, ...authority };
  }

  async stopServices(): Promise<void> {
    for (const front of this.fronts.splice(0)) await front.stop();
  }

  async stop(): Promise<void> {
    await this.stopServices();
    await this.started?.upstream.stop();
  }

  private whole(): { upstream: Upstream; certificates: OddCertificates } {
    if (!this.started) throw new Error('The bench has not been started');
    return this.started;
  }
}
