import { forwardAuthContract } from './contracts/forward-auth.contract';
import { startCaddy } from './servers/caddy';

jest.setTimeout(60_000);

forwardAuthContract({ name: 'Caddy', start: startCaddy });
