import { isIP, type Socket } from 'node:net';
import { type Examination, ok } from '../../doctor-step';
import { Deadline } from '../../outbound/deadline';
import { discard, hostOf, lookUp, openTcp, openTls } from './doctor-connect';
import type { Plan } from './doctor-plan';
import { judgeTls } from './doctor-tls';
import type { StepName } from './step-names';

/** Connects to every address, sends nothing, and gives those that can be used. */
export async function reachAddresses(exam: Examination<StepName>, plan: Plan): Promise<readonly URL[]> {
  const reached: URL[] = [];
  for (const address of plan.settings.EXTERNAL_AUTH_URL) {
    if (await reach(exam, plan, address)) reached.push(address);
  }
  return reached;
}

async function reach(exam: Examination<StepName>, plan: Plan, address: URL): Promise<boolean> {
  // One limit for the three steps, as a login has it.
  const limit = Deadline.in(plan.settings.EXTERNAL_AUTH_CONNECT_TIMEOUT_MS);
  const found = await exam.take('dns', async () => {
    const addresses = await lookUp(address, limit);
    const host = hostOf(address);
    const detail = isIP(host) === 0 ? `${host} is ${addresses.join(', ')}` : `${host} is an address`;
    return { finding: ok(detail), value: addresses };
  });
  const socket = found && (await connectTo(exam, address, { found, limit }));
  if (socket === undefined) return false;
  if (address.protocol === 'https:') return encrypt(exam, plan, { address, socket, limit });
  exam.skip('tls', `${address.origin} is used without TLS: passwords cross the network readable`);
  discard(socket);
  return true;
}

function connectTo(
  exam: Examination<StepName>,
  address: URL,
  { found, limit }: { readonly found: readonly string[]; readonly limit: Deadline },
): Promise<Socket | undefined> {
  return exam.take('tcp', async () => {
    const socket = await openTcp(address, found, limit);
    return { finding: ok(`connected to ${address.origin}`), value: socket };
  });
}

interface Connected {
  readonly address: URL;
  readonly socket: Socket;
  readonly limit: Deadline;
}

async function encrypt(
  exam: Examination<StepName>,
  { tls }: Plan,
  { address, socket, limit }: Connected,
): Promise<boolean> {
  const secure = await exam.take('tls', async () => {
    const opened = await openTls(address, socket, { tls, limit });
    return { finding: judgeTls(opened), value: opened };
  });
  if (secure) discard(secure);
  return secure !== undefined;
}
