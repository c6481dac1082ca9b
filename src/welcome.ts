import { hasPages } from './config/check-pages';
import type { Settings } from './config/settings';
import type { DemoUsers } from './strategies/file/demo-users';

type Shown = Pick<Settings, 'STRATEGIES' | 'PAGES' | 'EXTERNAL_AUTH_MODE'>;

/** What a person who starts the gateway sees: where it listens, whom it asks, and in demo mode how to try it. */
export function welcome(address: string, settings: Shown, demo: DemoUsers | null): string {
  const ready = `Gatehouse is ready on ${address} (strategies: ${demo ? 'demo' : settings.STRATEGIES.join(', ')})\n`;
  const password = demo?.takePassword();
  if (!demo || password === undefined) return ready;
  const loginPage = hasPages(settings) ? `Login page: ${address}/login\n` : '';
  return ready + demoHelp(address, demo.username, password) + loginPage;
}

function demoHelp(address: string, username: string, password: string): string {
  const body = JSON.stringify({ usuario: username, contrasenia: password });
  return `
No STRATEGIES are set, so this is a demo with one user. Its password is shown only here and ends with the process.

  user      ${username}
  password  ${password}

Try it:

  curl -i -c jar ${address}/api/auth/login -H 'Content-Type: application/json' -d '${body}'
  curl -i -b jar -c jar -X POST ${address}/api/auth/refresh

Then point it at your own logins (docs/configuration.md):

  STRATEGIES=ldap      with LDAP_URL, LDAP_BASE_DN, LDAP_BIND_DN and LDAP_BIND_PASSWORD
  STRATEGIES=external  with EXTERNAL_AUTH_URL
  STRATEGIES=file      after: npm run cli -- users add NAME

API page: ${address}/docs
`;
}
