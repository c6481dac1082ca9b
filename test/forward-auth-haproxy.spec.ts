import { forwardAuthContract } from './contracts/forward-auth.contract';
import { startHaproxy } from './servers/haproxy';

jest.setTimeout(60_000);

forwardAuthContract({ name: 'HAProxy', start: startHaproxy });
