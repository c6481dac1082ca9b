import { forwardAuthContract } from './contracts/forward-auth.contract';
import { startNginx } from './servers/nginx';

jest.setTimeout(60_000);

forwardAuthContract({ name: 'nginx', start: startNginx });
