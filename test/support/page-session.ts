import { SessionTokenCodec } from '../../src/sessions/session-token';
import { decodeJwt } from 'jose';
import { Client, textOf } from './client';
import type { RunningGateway } from './gateway';

/** Logs the demo user in; the `Cookie` header by which the pages and proxies know that session. */
export async function pageCookie(gateway: RunningGateway): Promise<string> {
  const login = await new Client(gateway.url).login('demo', gateway.demoPassword);
  const { sid } = decodeJwt(textOf(login.data, 'access_token'));
  const token = gateway.app.get(SessionTokenCodec, { strict: false }).encode(String(sid));
  return `gatehouse_session=${token}`;
}
