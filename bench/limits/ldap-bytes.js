// LDAP messages (RFC 4511) made beforehand, and as little reading of answers as it takes to know that they are right. All have the same
// message id: there is only one on its way on a connection.
const { attributes } = require('./directory-operations');

const passwordPolicyControl = '1.3.6.1.4.1.42.2.27.8.5.1';
const tags = { bindResponse: 0x61, entry: 0x64, searchDone: 0x65 };

function element(tag, ...parts) {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

const octets = (text, tag = 0x04) => element(tag, Buffer.from(text));
const number = (value, tag = 0x02) => element(tag, Buffer.from([value]));
const sequence = (...parts) => element(0x30, ...parts);
const message = (...parts) => sequence(number(1), ...parts);

/** A simple bind that asks for the state of the password, as the gateway's does. */
function bindMessage(dn, password) {
  const operation = element(0x60, number(3), octets(dn), octets(password, 0x80));
  return message(operation, element(0xa0, sequence(octets(passwordPolicyControl))));
}

/** The gateway's search for somebody. */
function searchMessage(baseDn, username) {
  const equals = (name) => element(0xa3, octets(name), octets(username));
  const filter = element(0xa1, equals('uid'), equals('sAMAccountName'));
  const [scope, aliases] = [number(2, 0x0a), number(0, 0x0a)];
  const [sizeLimit, timeLimit, typesOnly] = [number(2), number(0), number(0, 0x01)];
  const wanted = sequence(...attributes.map((name) => octets(name)));
  return message(
    element(0x63, octets(baseDn), scope, aliases, sizeLimit, timeLimit, typesOnly, filter, wanted),
  );
}

/** The tag and the place of the content of the element at `at`; undefined while its length has not arrived. */
function elementAt(bytes, at) {
  if (bytes.length < at + 2) return undefined;
  const first = bytes[at + 1];
  const lengthBytes = first < 128 ? 0 : first & 127;
  if (bytes.length < at + 2 + lengthBytes) return undefined;
  const from = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  return { tag: bytes[at], from, end: from + length };
}

/**
 * The messages that stand in `bytes` whole: `{ entries, resultCode, rest }`, the number of entries of a search, the code of the result
 * once it is there, and what is left.
 */
function readMessages(bytes) {
  let entries = 0;
  let resultCode;
  let at = 0;
  for (;;) {
    const whole = elementAt(bytes, at);
    if (!whole || bytes.length < whole.end) return { entries, resultCode, rest: bytes.subarray(at) };
    const operation = elementAt(bytes, elementAt(bytes, whole.from).end);
    if (operation.tag === tags.entry) entries++;
    else resultCode = bytes[elementAt(bytes, operation.from).from];
    at = whole.end;
  }
}

module.exports = { bindMessage, readMessages, searchMessage };
