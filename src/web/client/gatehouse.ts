import type { Gatehouse, GatehouseOptions } from './contract';
import { Session } from './session';

export * from './contract';

/**
 * The browser client of a gateway, one for each page. It asks for nothing until `resume` or `login` is called.
 * @throws TypeError when an address is none
 */
export function createGatehouse(options: GatehouseOptions = {}): Gatehouse {
  const { baseUrl = '/', apiOrigins = [], locale } = options;
  const absolute = (address: string) => new URL(address, location.href);
  const url = absolute(baseUrl).href.replace(/\/+$/, '');
  const origins = [baseUrl, ...apiOrigins].map((address) => absolute(address).origin);
  return new Session(url, origins, locale);
}
