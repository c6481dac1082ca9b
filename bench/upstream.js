// The HTTP service that `login-external` asks: bare sockets and two answers made beforehand, so that it is never the limit.
//
// Started with the password in its first argument; says { port }.
const { createServer } = require('node:net');

const password = process.argv[2];
const endOfHead = '\r\n\r\n';

function answerOf(status, body) {
  const text = JSON.stringify(body);
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}${endOfHead}${text}`;
}

const refusal = answerOf('401 Unauthorized', { message: 'no' });

function acceptance(username) {
  return answerOf('200 OK', {
    id: `id-of-${username}`,
    username,
    name: `Name of ${username}`,
    email: `${username}@example.org`,
  });
}

function serve(socket) {
  let received = '';
  socket.setNoDelay(true).setEncoding('utf8');
  socket.on('error', () => undefined);
  socket.on('data', (text) => {
    received += text;
    for (;;) {
      const end = received.indexOf(endOfHead);
      if (end < 0) return;
      const length = Number(/content-length: *(\d+)/i.exec(received.slice(0, end))?.[1] ?? 0);
      const from = end + endOfHead.length;
      if (received.length < from + length) return;
      const { usuario, contrasenia } = JSON.parse(received.slice(from, from + length));
      received = received.slice(from + length);
      socket.write(contrasenia === password ? acceptance(usuario) : refusal);
    }
  });
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));
