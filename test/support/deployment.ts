import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { allSettings } from '../../src/config/settings';

export const deployFolder = join(__dirname, '../../deploy');

/** The text of a file below `deploy/`. */
export function deployText(path: string): string {
  return readFileSync(join(deployFolder, path), 'utf8');
}

/** A place in a YAML or JSON document. Every step that is not there throws, so that a renamed key is seen. */
export class Place {
  constructor(
    readonly value: unknown,
    private readonly path = '',
  ) {}

  at(...steps: readonly (string | number)[]): Place {
    const [step, ...rest] = steps;
    if (step === undefined) return this;
    const found = this.has(String(step)) ? Object.entries(this.members()) : [];
    const [, value] = found.find(([name]) => name === String(step)) ?? [];
    if (value === undefined) throw new Error(`${this.path}/${step} is missing`);
    return new Place(value, `${this.path}/${step}`).at(...rest);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members(), name);
  }

  /** The elements of a list. */
  get items(): readonly Place[] {
    if (!Array.isArray(this.value)) throw new Error(`${this.path} is no list`);
    return this.value.map((value: unknown, index) => new Place(value, `${this.path}/${index}`));
  }

  get names(): readonly string[] {
    return Object.keys(this.members());
  }

  get text(): string {
    const { value } = this;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
    throw new Error(`${this.path} is no text`);
  }

  /** The places with this name, at any depth. */
  all(name: string): readonly Place[] {
    if (typeof this.value !== 'object' || this.value === null) return [];
    const below = this.names.map((step) => this.at(step)).flatMap((place) => place.all(name));
    return this.has(name) ? [this.at(name), ...below] : below;
  }

  private members(): object {
    return typeof this.value === 'object' && this.value !== null ? this.value : {};
  }
}

/** The one document of a YAML file below `deploy/`; `<<` merges, as Compose has it. */
export function deployYaml(path: string): Place {
  return new Place(load(deployText(path), { schema: YAML11_SCHEMA }), path);
}

/** All documents of a YAML file below `deploy/`. */
export function deployDocuments(path: string): readonly Place[] {
  return loadAll(deployText(path)).map((value) => new Place(value, path));
}

/** `NAME=value` lines, as Compose, kustomize and systemd read them. */
export function variablesIn(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').filter((line) => /^[A-Z]\w*=/.test(line));
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^\w+=/, '')]));
}

const secretNames = Object.entries(allSettings).flatMap(([name, { secret }]) =>
  secret ? [`${name}_FILE`] : [],
);
const settingNames: ReadonlySet<string> = new Set([...Object.keys(allSettings), ...secretNames]);

/** Those of the names that are no setting, nor the file of a secret one. */
export function notSettings(names: readonly string[]): readonly string[] {
  return names.filter((name) => !settingNames.has(name));
}
