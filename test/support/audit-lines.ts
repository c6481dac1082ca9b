import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type JsonObject, objectOf } from './client';

const root = join(__dirname, '..', '..');

export const auditSchemaDocument = objectOf(
  JSON.parse(readFileSync(join(root, 'docs', 'audit.schema.json'), 'utf8')),
);

/** Holds a line against docs/audit.schema.json. */
export function auditValidator(): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  return ajv.compile(auditSchemaDocument);
}

/** The lines of an audit file. @throws Error for one that is no JSON */
export function auditLinesIn(path: string): JsonObject[] {
  const text = readFileSync(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => objectOf(JSON.parse(line)));
}
