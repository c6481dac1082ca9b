import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { FakeClock } from '../../test/support/fake-clock';
import { CommonModule } from '../common/common.module';
import { ConfigModule } from '../config/config.module';
import { type Environment, loadSettings } from '../config/load-settings';
import { LmdbStore } from './lmdb.store';
import { MemoryStore } from './memory.store';
import { RedisStore } from './redis.store';
import { Store, StoreUnavailable } from './store';
import { StoresModule } from './stores.module';

const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-stores-module-'));
const clock = new FakeClock();
const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function builder(DATA_DIR: string, env: Environment = {}): TestingModuleBuilder {
  return Test.createTestingModule({
    imports: [
      ConfigModule.with(loadSettings({ ...env, DATA_DIR }).settings),
      CommonModule.with({ clock, logger, auditOutput: { write: () => undefined } }),
      StoresModule,
    ],
  });
}

describe('StoresModule', () => {
  it('opens the embedded store below DATA_DIR and closes it at the end', async () => {
    const module = await builder(join(dataDir, 'one')).compile();
    const store = module.get(Store);
    expect(store).toHaveProperty('inner', expect.any(LmdbStore));
    expect(await store.create('key', 'value', clock.nowMs() + 1000)).toBe(true);
    expect(existsSync(join(dataDir, 'one', 'store', 'data.mdb'))).toBe(true);
    await module.close();
    await expect(store.read('key')).rejects.toThrow(StoreUnavailable);
  });

  it('opens Redis instead when REDIS_URL is set, and closes it at the end', async () => {
    const folder = join(dataDir, 'three');
    // Nobody listens there; that is found out in the background.
    const module = await builder(folder, { REDIS_URL: 'redis://127.0.0.1:1' }).compile();
    const store = module.get(Store);
    expect(store).toHaveProperty('inner', expect.any(RedisStore));
    expect(existsSync(folder)).toBe(false);
    await module.close();
    await expect(store.read('key')).rejects.toThrow('closed');
  });

  it('neither opens nor closes anything when a test brings its own store', async () => {
    const own = new MemoryStore({ clock });
    const module = await builder(join(dataDir, 'two')).overrideProvider(Store).useValue(own).compile();
    expect(module.get(Store)).toBe(own);
    await module.close();
    expect(await own.read('key')).toBeUndefined();
    expect(existsSync(join(dataDir, 'two'))).toBe(false);
  });
});
