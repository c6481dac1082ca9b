import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedProgram } from '../servers/process';
import { type JsonObject, objectOf } from './client';
import { temporaryFolder } from './gateway';

export const postmanFolder = join(__dirname, '..', '..', 'postman');
export const collectionFile = join(postmanFolder, 'gatehouse.postman_collection.json');
const environmentFile = join(postmanFolder, 'local.postman_environment.json');
const newman = join(postmanFolder, 'node_modules', 'newman', 'bin', 'newman.js');
const timeoutMs = 240_000;

/** A request or a folder of a collection. */
export interface PostmanItem {
  readonly name: string;
  readonly json: JsonObject;
  /** Empty for a request. */
  readonly items: readonly PostmanItem[];
}

export interface NewmanRequest {
  readonly collection?: string;
  /** The folders to run, by name; all when there are none. */
  readonly folders?: readonly string[];
  /** What the environment is filled in with. @throws Error for a name that it lacks */
  readonly variables: Readonly<Record<string, string>>;
}

export interface NewmanRun {
  readonly status: number;
  /** Requests that were answered, in their order. */
  readonly answered: readonly { readonly name: string; readonly status: number; readonly checks: number }[];
  /** Failed assertions, scripts and requests, each with the request that it belongs to. */
  readonly failures: readonly string[];
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

export function readJson(path: string): JsonObject {
  return objectOf(JSON.parse(readFileSync(path, 'utf8')));
}

export function postmanItems(json: JsonObject): readonly PostmanItem[] {
  return listOf(json['item']).map((item) => ({
    name: String(item['name']),
    json: item,
    items: postmanItems(item),
  }));
}

/** Runs a collection by newman, in a process of its own. */
export async function runNewman({ collection, folders = [], variables }: NewmanRequest): Promise<NewmanRun> {
  const folder = temporaryFolder();
  const report = join(folder, 'report.json');
  const environment = join(folder, 'environment.json');
  writeFileSync(environment, JSON.stringify(filledEnvironment(variables)));
  const chosen = folders.flatMap((name) => ['--folder', name]);
  const output = ['--reporters', 'json', '--reporter-json-export', report];
  const program = [installedProgram(newman), 'run', collection ?? collectionFile];
  const status = await exitStatus([...program, '--environment', environment, ...chosen, ...output]);
  const run = objectOf(readJson(report)['run']);
  return {
    status,
    answered: listOf(run['executions']).map(answeredOf),
    failures: listOf(run['failures']).map(failureOf),
  };
}

function filledEnvironment(variables: Readonly<Record<string, string>>): JsonObject {
  const environment = readJson(environmentFile);
  const values = listOf(environment['values']);
  const known = values.map(({ key }) => String(key));
  const unknown = Object.keys(variables).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`The environment has no ${unknown.join(', ')}`);
  return {
    ...environment,
    values: values.map((entry) => ({ ...entry, value: variables[String(entry['key'])] ?? entry['value'] })),
  };
}

/** @throws Error with what it wrote when it did not come to its end */
function exitStatus(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [...args], { timeout: timeoutMs }, (_error, stdout, stderr) => {
      if (child.exitCode === null) reject(new Error(`newman did not end:\n${stdout}\n${stderr}`));
      else resolve(child.exitCode);
    });
  });
}

function answeredOf({ item, response, assertions }: JsonObject): NewmanRun['answered'][number] {
  return {
    name: String(objectOf(item)['name']),
    status: Number(objectOf(response)['code']),
    checks: listOf(assertions).length,
  };
}

function failureOf({ source, error }: JsonObject): string {
  const { name, test, message } = objectOf(error);
  return `${String(objectOf(source)['name'])}: ${String(test ?? name)}: ${String(message)}`;
}
