import { isIP, type Socket } from 'node:net';
import type { Client } from 'ldapts';
import { describeError, systemErrorCode } from '../../../common/system-error';
import { Deadline } from '../../outbound/deadline';
import type { Plan } from './doctor-plan';
import { type Examination, ok, type Outcome, StepFault } from '../../doctor-step';
import type { StepName } from './step-names';
import { diagnoseTls } from './doctor-tls';
import { judgeRootDse } from './doctor-root-dse';
import { ServerList, type ServerSource } from '../connection/server-list';
import { judgeTls } from '../../outbound/certificate-judgement';
import { processHosts } from '../../outbound/host-lookup';
import { trustsDnsTargets } from '../connection/tls-options';
import {
  addressText,
  askForTls,
  clientOn,
  openTcp,
  openTls,
  type ServerAddress,
  type TransportOptions,
} from '../connection/transport';

/** Looks at every server, and gives a connection to the first one that can be used. Nobody is bound on it. */
export async function reachServers(exam: Examination<StepName>, plan: Plan): Promise<Client | undefined> {
  let first: Client | undefined;
  for (const source of plan.options.directory.servers) {
    const addresses = (await exam.take('dns', () => resolve(source, plan))) ?? [];
    for (const address of addresses) {
      const client = await reach(exam, plan, address);
      if (first === undefined) first = client;
      else await client?.unbind();
    }
  }
  return first;
}

async function resolve(source: ServerSource, { options }: Plan): Promise<Outcome<readonly ServerAddress[]>> {
  if (source.kind === 'srv') return resolveSrv(source, options.directory.transport);
  const { host } = source.address;
  if (isIP(host) !== 0) return { finding: ok(`${host} is an address`), value: [source.address] };
  try {
    const found = await processHosts.addresses(host, options.directory.transport.connectTimeoutMs);
    return {
      finding: ok(`${host} is ${found.join(', ')}`),
      value: [source.address],
    };
  } catch (error) {
    const code = systemErrorCode(error) ?? describeError(error);
    const reason = code === 'ENOTFOUND' ? 'nobody knows this name' : 'the name server did not answer';
    throw new StepFault(`${host}: ${reason} (${code})`, 'LDAP_URL');
  }
}

async function resolveSrv(
  source: Extract<ServerSource, { kind: 'srv' }>,
  transport: TransportOptions,
): Promise<Outcome<readonly ServerAddress[]>> {
  const timeoutMs = transport.connectTimeoutMs;
  const options = {
    refreshMs: timeoutMs,
    retryMs: timeoutMs,
    lookupTimeoutMs: timeoutMs,
    trustsDnsTargets: trustsDnsTargets(transport),
  };
  try {
    const addresses = await new ServerList([source], options).addresses(Deadline.in(timeoutMs));
    const names = addresses.map(addressText).join(', ');
    return { finding: ok(`_ldap._tcp.${source.domain} names ${names}`), value: addresses };
  } catch (error) {
    throw new StepFault(describeError(error), 'LDAP_URL');
  }
}

async function reach(
  exam: Examination<StepName>,
  plan: Plan,
  address: ServerAddress,
): Promise<Client | undefined> {
  const { transport } = plan.options.directory;
  const limit = () => Deadline.in(plan.settings.LDAP_LOGIN_TIMEOUT_MS);
  const tcp = await exam.take('tcp', async () => {
    const socket = await openTcp(address, transport, limit());
    return { finding: ok(`connected to ${addressText(address)}`), value: socket };
  });
  const socket = tcp && (await encrypt(exam, plan, address, tcp));
  if (socket === undefined) return undefined;
  return exam.take('root-dse', async () => {
    const client = await clientOn(socket, address, transport, limit());
    return { finding: await judgeRootDse(client), value: client };
  });
}

async function encrypt(
  exam: Examination<StepName>,
  plan: Plan,
  address: ServerAddress,
  socket: Socket,
): Promise<Socket | undefined> {
  const isLdaps = address.protocol === 'ldaps:';
  if (isLdaps) exam.skip('starttls', 'ldaps:// needs none');
  else if (!plan.options.directory.transport.startTls) {
    exam.skip('starttls', 'LDAP_START_TLS is not set');
    exam.skip('tls', `${addressText(address)} is used without TLS`);
    return socket;
  } else if (!(await startTls(exam, plan, address, socket))) return undefined;
  return exam.take('tls', () => handshake(plan, address, socket));
}

function startTls(
  exam: Examination<StepName>,
  plan: Plan,
  address: ServerAddress,
  socket: Socket,
): Promise<true | undefined> {
  return exam.take('starttls', async () => {
    await askForTls(
      socket,
      address,
      plan.options.directory.transport,
      Deadline.in(plan.settings.LDAP_LOGIN_TIMEOUT_MS),
    );
    return { finding: ok('the server agrees'), value: true as const };
  });
}

async function handshake(plan: Plan, address: ServerAddress, raw: Socket): Promise<Outcome<Socket>> {
  const { transport } = plan.options.directory;
  try {
    const socket = await openTls(raw, address, transport, Deadline.in(plan.settings.LDAP_LOGIN_TIMEOUT_MS));
    return { finding: judgeTls(socket, 'server'), value: socket };
  } catch (error) {
    throw await diagnoseTls(error, address, transport);
  }
}
