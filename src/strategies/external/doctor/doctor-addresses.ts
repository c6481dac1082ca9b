import { isIP, type Socket } from 'node:net';
import { type Examination, ok } from '../../doctor-step';
import { judgeTls } from '../../outbound/certificate-judgement';
import { Deadline } from '../../outbound/deadline';
import { connectLimit, type ConnectTerms, hostOf, lookUp, openTcp, openTls } from '../upstream/connector';
import { ownCertificateTaken } from './doctor-connect';
import type { Plan } from './doctor-plan';
import type { StepName } from './step-names';

/** Connects to every address, sends nothing, and gives those that can be used. */
export async function reachAddresses(exam: Examination<StepName>, plan: Plan): Promise<readonly URL[]> {
  const reached: URL[] = [];
  for (const address of plan.settings.EXTERNAL_AUTH_URL) {
    if (await reach(exam, plan, address)) reached.push(address);
  }
  return reached;
}

/** Takes the steps of a login, with one limit for the three as a login has it. What they throw names the setting. */
async function reach(exam: Examination<StepName>, { settings, tls }: Plan, address: URL): Promise<boolean> {
  const deadline = Deadline.in(settings.EXTERNAL_AUTH_TIMEOUT_MS);
  const limit = connectLimit(settings.EXTERNAL_AUTH_CONNECT_TIMEOUT_MS, deadline);
  const terms: ConnectTerms = { limit, tls };
  const found = await exam.take('dns', async () => {
    const addresses = await lookUp(address, terms);
    const host = hostOf(address);
    const detail = isIP(host) === 0 ? `${host} is ${addresses.join(', ')}` : `${host} is an address`;
    return { finding: ok(detail), value: addresses };
  });
  const socket = found && (await connectTo(exam, address, () => openTcp(address, found, terms)));
  if (socket === undefined) return false;
  if (address.protocol === 'https:') return encrypt(exam, { address, socket, terms });
  exam.skip('tls', `${address.origin} is used without TLS: passwords cross the network readable`);
  socket.destroy();
  return true;
}

function connectTo(
  exam: Examination<StepName>,
  { origin }: URL,
  connect: () => Promise<Socket>,
): Promise<Socket | undefined> {
  return exam.take('tcp', async () => ({ value: await connect(), finding: ok(`connected to ${origin}`) }));
}

interface Connected {
  readonly address: URL;
  readonly socket: Socket;
  readonly terms: ConnectTerms;
}

async function encrypt(exam: Examination<StepName>, { address, socket, terms }: Connected): Promise<boolean> {
  const done = await exam.take('tls', async () => {
    const secure = await openTls(address, socket, terms);
    try {
      await ownCertificateTaken(address, secure);
      return { finding: judgeTls(secure, 'service'), value: true };
    } finally {
      secure.destroy();
    }
  });
  return done === true;
}
