import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Deadline } from '../../outbound/deadline';
import { StepFault } from '../../doctor-step';
import { tlsOptionsFor } from '../connection/tls-options';
import {
  askForTls,
  clientOn,
  ConnectFailure,
  openTcp,
  type ServerAddress,
  type TransportOptions,
} from '../connection/transport';

/**
 * A server that hangs up during the handshake gives no reason. Two more tries tell: one that takes any version and any
 * certificate, and one without TLS. Nothing but the request for the root DSE is ever sent over them.
 */
export async function diagnoseTls(
  failure: unknown,
  address: ServerAddress,
  options: TransportOptions,
): Promise<unknown> {
  if (!(failure instanceof ConnectFailure) || !/broke off/.test(failure.message)) return failure;
  const version = await anyVersion(address, options);
  if (version !== undefined) {
    const ours = options.tls.minVersion ?? 'TLSv1.2';
    return new StepFault(
      `${addressWords(address)} speaks ${version}, we ask for ${ours} or newer`,
      'LDAP_TLS_MIN_VERSION',
    );
  }
  if (address.protocol === 'ldaps:' && (await speaksPlainly(address, options))) {
    const advice = 'use ldap:// with LDAP_START_TLS=true, or its ldaps port (636)';
    return new StepFault(
      `${addressWords(address)} speaks LDAP without TLS on this port: ${advice}`,
      'LDAP_URL',
    );
  }
  return failure;
}

function addressWords({ host, port }: ServerAddress): string {
  return `${host}, port ${port},`;
}

async function anyVersion(address: ServerAddress, options: TransportOptions): Promise<string | undefined> {
  const deadline = Deadline.in(options.connectTimeoutMs + options.tlsTimeoutMs);
  try {
    const raw = await openTcp(address, options, deadline);
    if (address.protocol === 'ldap:') await askForTls(raw, address, options, deadline);
    const { host, servername } = tlsOptionsFor(address.host, options);
    const secure = connectTls({
      socket: raw,
      host,
      servername,
      // For a diagnosis only: this connection carries nothing and is closed at once.
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    return await versionOf(secure, deadline);
  } catch {
    return undefined;
  }
}

function versionOf(secure: TLSSocket, deadline: Deadline): Promise<string | undefined> {
  return new Promise((resolve) => {
    const finish = (version: string | undefined) => {
      clearTimeout(timer);
      secure.destroy();
      resolve(version);
    };
    const timer = setTimeout(() => finish(undefined), deadline.remainingMs());
    secure.on('error', () => finish(undefined));
    secure.once('secureConnect', () => finish(secure.getProtocol() ?? undefined));
  });
}

async function speaksPlainly(address: ServerAddress, options: TransportOptions): Promise<boolean> {
  const deadline = Deadline.in(options.connectTimeoutMs + options.operationTimeoutMs);
  const plain: ServerAddress = { ...address, protocol: 'ldap:' };
  try {
    const client = await clientOn(await openTcp(plain, options, deadline), plain, options, deadline);
    await client.unbind();
    return true;
  } catch {
    return false;
  }
}
