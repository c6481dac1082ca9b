import type { Gatehouse, GatehouseOptions } from './contract';
import { bearerFetch } from './bearer-fetch';
import { gatewayAt } from './gateway';
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
  const session = new Session(url, gatewayAt(url, locale));
  const origins = [baseUrl, ...apiOrigins].map((address) => absolute(address).origin);
  return {
    get user() {
      return session.user;
    },
    get isLoggedIn() {
      return session.isLoggedIn;
    },
    resume: () => session.resume(),
    login: (credentials) => session.login(credentials),
    logout: () => session.logout(),
    fetch: bearerFetch(session, origins),
    getAccessToken: () => session.token(),
    on: (event, listener) => session.listeners.add(event, listener),
    close: () => session.close(),
  };
}
