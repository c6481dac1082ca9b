import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, objectOf } from './support/client';
import { startGateway, temporaryFolder } from './support/gateway';
import {
  collectionFile,
  listOf,
  type PostmanItem,
  postmanFolder,
  postmanItems,
  readJson,
} from './support/newman';

const collection = readJson(collectionFile);
const folders = postmanItems(collection);
const flows = folders.find(({ name }) => name === 'Flows')?.items ?? [];
const operations = folders.filter(({ name }) => name !== 'Flows').flatMap(({ items }) => items);

const idsOf = ({ json, items }: PostmanItem): unknown[] => [json['id'], ...items.flatMap(idsOf)];

/** As the OpenAPI document would write it, such as `delete /api/auth/sessions/{id}`. */
function operationOf({ json }: PostmanItem): string {
  const request = objectOf(json['request']);
  const [path = ''] = String(objectOf(request['url'])['raw']).replace('{{baseUrl}}', '').split('?', 1);
  return `${String(request['method']).toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;
}

describe('postman/', () => {
  it('holds what the generator writes (npm run docs:postman)', async () => {
    const written = temporaryFolder();
    const script = join(__dirname, '..', 'scripts', 'write-postman.js');
    await promisify(execFile)(process.execPath, [script, written], { timeout: 120_000 });
    for (const name of ['gatehouse.postman_collection.json', 'local.postman_environment.json']) {
      expect(readFileSync(join(postmanFolder, name), 'utf8')).toBe(readFileSync(join(written, name), 'utf8'));
    }
  }, 120_000);
});

describe('the collection', () => {
  it('has every operation of the OpenAPI document and no other', async () => {
    const gateway = await startGateway({ COMPAT: 'django,ping-directory,genauth' });
    const paths = objectOf((await new Client(gateway.url).request('/openapi.json')).body['paths']);
    await gateway.stop();
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(objectOf(item)).map((method) => `${method} ${path}`),
    );
    expect(operations.map(operationOf).sort()).toEqual(described.sort());
  });

  it('has folders for all parts of the API', () => {
    expect(folders.map(({ name }) => name)).toEqual([
      ...['Native API', 'Sessions', 'Administration', 'OAuth and OIDC'],
      ...['Django', 'PingDirectory', 'GenAuth', 'Health', 'Flows'],
    ]);
    expect(folders.filter(({ items }) => items.length === 0)).toEqual([]);
  });

  it('has bodies that can be sent, and no placeholder anywhere', () => {
    const requests = operations.map(({ json }) => objectOf(json['request']));
    const raw = requests.flatMap(({ body }) => objectOf(body)['raw'] ?? []);
    expect(raw.length).toBeGreaterThan(8);
    for (const body of raw) {
      const members: unknown = JSON.parse(typeof body === 'string' ? body : '');
      expect(Object.keys(objectOf(members))).not.toEqual([]);
    }
    const sent = requests.map(({ url, header, body }) => ({ url, header, body }));
    expect(JSON.stringify(sent)).not.toMatch(/<\w+>|undefined|"value":""/);
  });

  it('names nothing twice that is looked up by its name', () => {
    const ids = folders.flatMap(idsOf);
    expect(ids.length).toBeGreaterThan(120);
    expect(new Set(ids).size).toBe(ids.length);
    const names = [...folders, ...flows].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('knows every variable that it uses', () => {
    const environment = readJson(join(postmanFolder, 'local.postman_environment.json'));
    const known = [...listOf(environment['values']), ...listOf(collection['variable'])].map(({ key }) => key);
    const used = new Set([...JSON.stringify(collection).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name));
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('the environment', () => {
  it('holds no secret', () => {
    const { values } = readJson(join(postmanFolder, 'local.postman_environment.json'));
    const secret = listOf(values).filter(({ key }) => /password|secret/.test(String(key)));
    expect(secret.map(({ key, value, type }) => [key, value, type])).toEqual([
      ['password', '', 'secret'],
      ['new_password', '', 'secret'],
      ['client_secret', '', 'secret'],
    ]);
    expect(listOf(collection['variable']).filter(({ value }) => value !== '')).toEqual([]);
  });
});

describe('newman', () => {
  it('comes by a lock file of its own, with a hash for each package and no address', () => {
    const packages = objectOf(readJson(join(postmanFolder, 'package-lock.json'))['packages']);
    const locked = Object.entries(packages).filter(([path]) => path !== '');
    expect(locked.length).toBeGreaterThan(50);
    const faulty = locked
      .map(([, entry]) => objectOf(entry))
      .filter(
        ({ integrity, resolved, hasInstallScript }) =>
          typeof integrity !== 'string' ||
          !integrity.startsWith('sha512-') ||
          resolved !== undefined ||
          hasInstallScript === true,
      );
    expect(faulty).toEqual([]);
  });
});
