import { readFileSync } from 'node:fs';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { loadSettings } from '../src/config/load-settings';
import { lookUp, openTcp, openTls, tlsTermsOf } from '../src/strategies/external/upstream/connector';
import { StepLimit } from '../src/strategies/external/upstream/step-limit';
import { type OddCertificate, oddCertificates, type OddCertificates } from './servers/certificates';
import { startUpstream } from './servers/upstream';
import { closeAll, closeLater, failureOf, login, slackMs, timed, transport } from './support/upstream-bench';

let certificates: OddCertificates;

beforeAll(async () => {
  certificates = await oddCertificates();
});

afterEach(closeAll);

/** An HTTPS service with this certificate. Gives its address and the logins that it has seen. */
async function tlsService(
  name: OddCertificate,
  more: ServerOptions = {},
): Promise<{ readonly url: string; readonly logins: string[]; readonly serverNames: (string | false)[] }> {
  const { certFile, keyFile } = certificates.pair(name);
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), ...more };
  const logins: string[] = [];
  const serverNames: (string | false)[] = [];
  const server = createServer(tls, (request, response) => {
    logins.push(request.url ?? '');
    response.end('{}');
  });
  server.on('secureConnection', ({ servername }) => serverNames.push(servername ?? false));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closeLater(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port }: Pick<AddressInfo, 'port'> = Object.assign({ port: 0 }, server.address());
  return { url: `https://127.0.0.1:${port}`, logins, serverNames };
}

const demandsCertificate = (): ServerOptions => ({
  requestCert: true,
  rejectUnauthorized: true,
  ca: readFileSync(certificates.caFile),
});

describe('a service whose certificate is not right', () => {
  it.each<[string, OddCertificate, RegExp, string | undefined]>([
    [
      'it has expired',
      'expired',
      /the certificate CN=expired expired on Jan {2}1 00:00:00 2021 GMT \(CERT_HAS_EXPIRED\): renew it/,
      undefined,
    ],
    ['it is not valid yet', 'future', /CN=future is not valid before Jan .* 2080 GMT/, undefined],
    [
      'it is for another host',
      'other-host',
      /asked for 127\.0\.0\.1, it holds other\.example\.net, third\.example\.net; .*EXTERNAL_AUTH_URL/,
      'EXTERNAL_AUTH_URL',
    ],
    [
      'it is self-signed',
      'self-signed',
      /DEPTH_ZERO_SELF_SIGNED_CERT.*EXTERNAL_AUTH_TLS_CA_FILE does not hold/,
      'EXTERNAL_AUTH_TLS_CA_FILE',
    ],
  ])('is sent nothing: %s', async (_what, name, words, setting) => {
    const { url, logins } = await tlsService(name);
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: url,
      EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile,
    });
    const { result, ms } = await timed(failureOf(upstream.call(login)));
    expect(result.message).toMatch(words);
    expect(result.message).toContain(`${url}: `);
    expect(result.setting).toBe(setting);
    expect(logins).toEqual([]);
    expect(ms).toBeLessThan(2000 + slackMs);
  });

  it.each([true, false])('is sent nothing: its authority is unknown (one is given: %s)', async (isGiven) => {
    const { url, logins } = await tlsService('good');
    const ca = isGiven ? { EXTERNAL_AUTH_TLS_CA_FILE: certificates.strangerCaFile } : undefined;
    const { upstream } = transport({ EXTERNAL_AUTH_URL: url, ...ca });
    const failure = await failureOf(upstream.call(login));
    expect(failure.message).toMatch(/CN=localhost <- CN=Gatehouse test ca; .*EXTERNAL_AUTH_TLS_CA_FILE/);
    expect(failure.setting).toBe('EXTERNAL_AUTH_TLS_CA_FILE');
    expect(logins).toEqual([]);
  });
});

describe('TLS that does not come about', () => {
  it('is told when the port speaks plain HTTP', async () => {
    const plain = await startUpstream();
    closeLater(() => plain.stop());
    const { upstream } = transport({ EXTERNAL_AUTH_URL: `https://127.0.0.1:${plain.port}` });
    const failure = await failureOf(upstream.call(login));
    expect(failure.message).toContain('it does not speak TLS on that port');
    expect(failure.setting).toBe('EXTERNAL_AUTH_URL');
  });

  it('is told when the service offers nothing newer than TLS 1.1', async () => {
    const old: ServerOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
    const { url, logins } = await tlsService('good', old);
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: url,
      EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile,
    });
    expect((await failureOf(upstream.call(login))).message).toContain('TLS 1.2 or newer');
    expect(logins).toEqual([]);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is told when the service demands a client certificate (%s)',
    async (maxVersion) => {
      const { url, logins } = await tlsService('good', { ...demandsCertificate(), maxVersion });
      const { upstream } = transport({
        EXTERNAL_AUTH_URL: url,
        EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile,
      });
      const failure = await failureOf(upstream.call(login));
      expect(failure.message).toContain('demands a client certificate');
      expect(failure.setting).toBe('EXTERNAL_AUTH_TLS_CERT_FILE');
      expect(logins).toEqual([]);
    },
  );
});

describe('TLS that comes about', () => {
  it('shows our own certificate to a service that demands one', async () => {
    const { url, logins } = await tlsService('good', demandsCertificate());
    const { certFile, keyFile } = certificates.pair('client');
    const { upstream } = transport({
      EXTERNAL_AUTH_URL: url,
      EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile,
      EXTERNAL_AUTH_TLS_CERT_FILE: certFile,
      EXTERNAL_AUTH_TLS_KEY_FILE: keyFile,
    });
    for (let count = 0; count < 2; count++) expect(await upstream.call(login)).toMatchObject({ status: 200 });
    expect(logins).toHaveLength(2);
  });

  it('names the host in SNI, but never an address', async () => {
    const { url, serverNames } = await tlsService('good');
    const named = url.replace('127.0.0.1', 'localhost');
    for (const address of [url, named]) {
      const env = { EXTERNAL_AUTH_URL: address, EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile };
      expect(await transport(env).upstream.call(login)).toMatchObject({ status: 200 });
    }
    expect(serverNames).toEqual([false, 'localhost']);
  });

  it('can be taken step by step', async () => {
    const { url } = await tlsService('good');
    const address = new URL(url.replace('127.0.0.1', 'localhost'));
    const { settings } = loadSettings({ EXTERNAL_AUTH_TLS_CA_FILE: certificates.caFile });
    const limit = new StepLimit({ ms: 5000, setting: 'EXTERNAL_AUTH_CONNECT_TIMEOUT_MS' });
    const terms = { limit, tls: tlsTermsOf(settings) };
    const addresses = await lookUp(address, terms);
    expect(addresses).toContain('127.0.0.1');
    const socket = await openTcp(address, addresses, terms);
    const secure = await openTls(address, socket, terms);
    expect(secure.authorized).toBe(true);
    secure.destroy();
  });
});
