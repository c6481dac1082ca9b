// Writes .env.example and docs/configuration.md from the settings. Needs a build: `npm run docs:settings` makes one.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { renderConfigurationPage, renderEnvExample } = require('../dist/config/settings-docs.js');

const root = join(__dirname, '..');
writeFileSync(join(root, '.env.example'), renderEnvExample());
writeFileSync(join(root, 'docs', 'configuration.md'), renderConfigurationPage());
