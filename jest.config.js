// Several dependencies (Nest 12, ldapts, jose) are ES modules while this project is CommonJS. Node itself can require() them;
// Jest cannot without a flag. So the tests compile exactly those packages to CommonJS with swc, cached after the first run.
// The list is read from node_modules and needs no upkeep.
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

function packageType(dir) {
  try {
    return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')).type;
  } catch {
    return undefined;
  }
}

function listFolder(dir) {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

function esmPackages(dir, found = new Set()) {
  for (const name of listFolder(dir)) {
    const at = join(dir, name);
    if (name.startsWith('@')) {
      for (const inner of esmPackages(at)) found.add(`${name}/${inner}`);
      continue;
    }
    if (packageType(at) === 'module') found.add(name);
    esmPackages(join(at, 'node_modules'), found);
  }
  return found;
}

// This one is CommonJS, and yet loads what it sends with by import(), which Jest cannot either.
const loadsByImport = '@opentelemetry/otlp-exporter-base';

const esm = [...esmPackages(join(__dirname, 'node_modules')), loadsByImport]
  .map((name) => name.replace(/[.+]/g, '\\$&'))
  .join('|');

const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'tsx', 'json', 'node'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/.test-cache/',
    '<rootDir>/postman/',
    '<rootDir>/bench/peers/',
    '<rootDir>/examples/spa/',
  ],
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.tsx?$': ['@swc/jest', { swcrc: true }],
    '/node_modules/.+\\.[cm]?js$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: false,
        module: { type: 'commonjs' },
        jsc: { parser: { syntax: 'ecmascript' }, target: 'es2023' },
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transformIgnorePatterns: [`/node_modules/(?!.*/node_modules/)(?!(?:${esm})/)`],
};

/** @type {import('jest').Config} */
module.exports = {
  reporters: ['default', '<rootDir>/scripts/closing-line-reporter.js'],
  testTimeout: 30000,
  maxWorkers: 2,
  // Each suite leaves some of its modules behind; a worker that holds too many begins anew.
  workerIdleMemoryLimit: '1GB',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/src/**/*.spec.{ts,tsx}', '<rootDir>/bench/**/*.spec.js'],
    },
    { ...common, displayName: 'whole', testMatch: ['<rootDir>/test/**/*.spec.ts'] },
  ],
};
