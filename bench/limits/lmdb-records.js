const { open } = require('lmdb');

const nothing = Buffer.alloc(1);
const ledgerKey = Buffer.from('ledger');

/** The third number is where the line in the index stands; it is there where that is not at the expiry, and a version below zero says so. */
function encode(version, expiresAtMs, lineAtMs, value) {
  const headBytes = lineAtMs === expiresAtMs ? 16 : 24;
  const bytes = Buffer.allocUnsafe(headBytes + Buffer.byteLength(value));
  bytes.writeDoubleBE(headBytes === 16 ? version : -version, 0);
  bytes.writeDoubleBE(expiresAtMs, 8);
  if (headBytes === 24) bytes.writeDoubleBE(lineAtMs, 16);
  bytes.write(value, headBytes);
  return bytes;
}

function headOf(bytes) {
  const version = bytes.readDoubleBE(0);
  const headBytes = version > 0 ? 16 : 24;
  return { version: Math.abs(version), lineAtMs: bytes.readDoubleBE(headBytes - 8), headBytes };
}

function lineOf(expiresAtMs, key) {
  const bytes = Buffer.allocUnsafe(8 + key.length);
  bytes.writeDoubleBE(expiresAtMs, 0);
  key.copy(bytes, 8);
  return bytes;
}

/**
 * Records in LMDB with the options of the gateway's store: durable before they are visible, all waiting changes in one commit.
 * What a change leaves on disk is the same too: the record, its line in the index by expiry, which stays where it is when the record is
 * led on, and the counter of versions.
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

  const keep = (key, value, expiresAtMs, oldLineAtMs) => {
    const lineAtMs = oldLineAtMs <= expiresAtMs ? oldLineAtMs : expiresAtMs;
    const version = (ledger.get(ledgerKey)?.readDoubleBE(0) ?? 0) + 1;
    const counter = Buffer.allocUnsafe(16);
    counter.writeDoubleBE(version, 0);
    counter.writeDoubleBE(0, 8);
    records.putSync(key, encode(version, expiresAtMs, lineAtMs, value));
    if (lineAtMs !== oldLineAtMs) byExpiry.putSync(lineOf(lineAtMs, key), nothing);
    ledger.putSync(ledgerKey, counter);
    return true;
  };

  return {
    create: (id, value, expiresAtMs) => root.transaction(() => keep(Buffer.from(id), value, expiresAtMs)),
    async read(id) {
      root.resetReadTxn();
      const bytes = records.get(Buffer.from(id));
      if (!bytes) return undefined;
      const { version, headBytes } = headOf(bytes);
      return { version, value: bytes.toString('utf8', headBytes) };
    },
    replace: (id, version, value, expiresAtMs) =>
      root.transaction(() => {
        const key = Buffer.from(id);
        const bytes = records.get(key);
        const found = bytes && headOf(bytes);
        if (found?.version !== version) return false;
        if (found.lineAtMs > expiresAtMs) byExpiry.removeSync(lineOf(found.lineAtMs, key));
        return keep(key, value, expiresAtMs, found.lineAtMs);
      }),
  };
}

module.exports = { openLmdbRecords };
