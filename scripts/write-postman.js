// Writes postman/*.json from the OpenAPI document of a gateway that speaks all dialects; into another folder when one is given.
// Needs a build: `npm run docs:postman` makes one. The gateway is built and listens nowhere.
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { createGateway } = require('../dist/gateway.js');
const { SystemClock } = require('../dist/common/clock.js');
const { createLogger } = require('../dist/common/logger.js');
const { loadSettings } = require('../dist/config/load-settings.js');
const { collectionOf, environment } = require('../postman/generator/collection.js');

const folder = process.argv[2] ?? join(__dirname, '..', 'postman');

async function openApiDocument() {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-postman-'));
  const quiet = { write: () => undefined };
  try {
    const { settings } = loadSettings({
      NODE_ENV: 'test',
      COMPAT: 'django,ping-directory,genauth',
      DATA_DIR: dataDir,
    });
    const logger = createLogger('fatal', quiet);
    const app = await createGateway({ settings, logger, auditOutput: quiet, clock: new SystemClock() });
    const answer = await app.inject('/openapi.json');
    await app.close();
    return answer.json();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function write(name, content) {
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
}

async function main() {
  write('gatehouse.postman_collection.json', collectionOf(await openApiDocument()));
  write('local.postman_environment.json', environment());
}

void main();
