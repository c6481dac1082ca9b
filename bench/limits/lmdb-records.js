const { open } = require('lmdb');

const headBytes = 16;
const nothing = Buffer.alloc(1);
const ledgerKey = Buffer.from('ledger');

function encode(version, expiresAtMs, value) {
  const bytes = Buffer.allocUnsafe(headBytes + Buffer.byteLength(value));
  bytes.writeDoubleBE(version, 0);
  bytes.writeDoubleBE(expiresAtMs, 8);
  bytes.write(value, headBytes);
  return bytes;
}

function lineOf(expiresAtMs, key) {
  const bytes = Buffer.allocUnsafe(8 + key.length);
  bytes.writeDoubleBE(expiresAtMs, 0);
  key.copy(bytes, 8);
  return bytes;
}

/**
 * Records in LMDB with the options of the gateway's store: durable before they are visible, all waiting changes in one commit.
 * What a change leaves on disk is the same too: the record, its line in the index by expiry, and the counter of versions.
 */
function openLmdbRecords(path) {
  const root = open({
    path,
    noSubdir: false,
    mapSize: 2 * 1024 ** 3,
    overlappingSync: false,
    eventTurnBatching: false,
    permissionsMode: 0o600,
  });
  const tableOf = (name) => root.openDB(name, { encoding: 'binary', keyEncoding: 'binary' });
  const [records, byExpiry, ledger] = ['records', 'expiry', 'ledger'].map(tableOf);

  const keep = (key, value, expiresAtMs) => {
    const version = (ledger.get(ledgerKey)?.readDoubleBE(0) ?? 0) + 1;
    const counter = Buffer.allocUnsafe(16);
    counter.writeDoubleBE(version, 0);
    counter.writeDoubleBE(0, 8);
    records.putSync(key, encode(version, expiresAtMs, value));
    byExpiry.putSync(lineOf(expiresAtMs, key), nothing);
    ledger.putSync(ledgerKey, counter);
    return true;
  };

  return {
    create: (id, value, expiresAtMs) => root.transaction(() => keep(Buffer.from(id), value, expiresAtMs)),
    async read(id) {
      root.resetReadTxn();
      const bytes = records.get(Buffer.from(id));
      return bytes && { version: bytes.readDoubleBE(0), value: bytes.toString('utf8', headBytes) };
    },
    replace: (id, version, value, expiresAtMs) =>
      root.transaction(() => {
        const key = Buffer.from(id);
        const found = records.get(key);
        if (found?.readDoubleBE(0) !== version) return false;
        byExpiry.removeSync(lineOf(found.readDoubleBE(8), key));
        return keep(key, value, expiresAtMs);
      }),
  };
}

module.exports = { openLmdbRecords };
