import { forwardAuthContract } from './contracts/forward-auth.contract';
import { Application } from './servers/application';
import { freePort } from './servers/process';
import { startHaproxy } from './servers/haproxy';
import { plainRequest } from './support/plain-request';

jest.setTimeout(60_000);

forwardAuthContract({ name: 'HAProxy', start: (ports) => startHaproxy(ports) });

it('lets nobody in when the script of deploy/haproxy fails, though HAProxy would go on', async () => {
  const application = await Application.start();
  const own = await freePort();
  const ports = { own, gateway: await freePort(), application: application.port };
  const proxy = await startHaproxy(ports, (text) =>
    text.replace('local function check(txn, query)', 'local function check(txn, query) error("planted")'),
  );
  try {
    const answer = await plainRequest(`http://127.0.0.1:${own}/`, { headers: { host: 'wiki.example.org' } });
    expect([answer.status, application.seen]).toEqual([503, []]);
  } finally {
    await proxy.stop();
    await application.stop();
  }
});
