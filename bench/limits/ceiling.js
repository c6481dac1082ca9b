// The directory's own ceiling as the bench starts it: no server that is asked, but a program that asks the directory itself.
const { join } = require('node:path');
const { forkProgram } = require('../processes');

function ceiling(by, title) {
  return {
    name: `directory-${by}`,
    title,
    scenarios: ['login-ldap'],
    versions: () => [],
    available: () => undefined,
    async start({ directory, people }) {
      const options = JSON.stringify({ directory, people, by });
      const child = forkProgram(join(__dirname, 'directory.js'), [options]);
      await child.next();
      const run = ({ connections, ms }) => child.ask({ connections, ms });
      return {
        name: `directory-${by}`,
        pids: [child.pid],
        run,
        states: { 'login-ldap': {} },
        stop: child.stop,
      };
    },
  };
}

module.exports = [
  ceiling(
    'bytes',
    'the directory itself: the same search and bind as messages made beforehand, over bare sockets',
  ),
  ceiling(
    'ldapts',
    'the directory itself: the same search and bind by ldapts in one Node process, without HTTP and tokens',
  ),
];
