// The least that a flood of logins can do to /verify on this machine: a bare node:http server in one process that looks at nothing and
// checks nothing. What its answers are late by, the load generator, the probes and the kernel have taken from the processors.
//
// Started by bench/flood.js; says { port } when it listens.
const { createServer } = require('node:http');

const answers = { GET: 200, POST: 429 };

const server = createServer((incoming, response) => {
  // Bodies are let go by; node:http reads them to keep the connection.
  incoming.resume();
  response.writeHead(answers[incoming.method] ?? 405, { 'content-length': 0 }).end();
});
server.keepAliveTimeout = 72_000;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
