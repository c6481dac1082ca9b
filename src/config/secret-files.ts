import { readFileSync } from 'node:fs';
import { describeError, systemErrorCode } from '../common/system-error';
import { markOf } from '../common/watched-files';
import { checkTogether } from './check-settings';
import { type SecretFile, type Setting, SettingFault } from './setting';
import type { Settings } from './settings';

/** A secret that was read from a file while settings were loaded. */
export interface FoundSecret {
  readonly variable: string;
  readonly path: string;
  readonly mark: string;
  readonly text: string;
}

/** What a setting that came from a file belongs to. */
export interface SecretPlace {
  readonly found: FoundSecret;
  readonly setting: Setting<unknown>;
  /** The property that holds it, in every one of `holders`. */
  readonly name: string;
  readonly holders: readonly object[];
  /** All settings as they would be with another value. */
  readonly settingsWith: (value: unknown) => Settings;
}

const longestBytes = 64 * 1024;

/** Reads a secret from the file that `<variable>_FILE` names. @throws SettingFault */
export function readSecretFile(variable: string, path: string): FoundSecret {
  const mark = markOf([path]);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingFault(
      `cannot be read from the file that ${variable}_FILE names (${systemErrorCode(error) ?? 'unreadable'})`,
      { cause: error },
    );
  }
  if (content.length > longestBytes) throw new SettingFault('has a file that is longer than 64 KiB');
  // Editors and `echo` end a file with a line break, which is no part of the secret.
  const text = content.replace(/\r?\n$/, '');
  if (text === '') throw new SettingFault(`has an empty file (${variable}_FILE)`);
  return { variable, path, mark, text };
}

/**
 * Turns the property of a secret into one that gives the present value, which changes when the file is read again. So rooms that are to
 * follow it ask the settings each time, and keep no copy.
 */
export function followSecret(place: SecretPlace): SecretFile {
  const { found, setting, name, holders } = place;
  let { text } = found;
  let value: unknown = setting.parse(text);
  for (const holder of holders) Object.defineProperty(holder, name, { get: () => value, enumerable: true });
  const reread = (): void => {
    const next = readAgain(found);
    if (next === text) return;
    value = exchanged(place, text, next);
    text = next;
  };
  return { variable: found.variable, path: found.path, mark: found.mark, reread };
}

function readAgain({ variable, path }: FoundSecret): string {
  return naming(variable, () => readSecretFile(variable, path).text);
}

/** By the rules of the start. */
function exchanged(place: SecretPlace, presentText: string, nextText: string): unknown {
  const { found, setting, settingsWith } = place;
  const { variable } = found;
  if (!setting.exchangeFault) throw new Error(`${variable} changes with the next start`);
  const next = naming(variable, () => setting.parse(nextText));
  const fault = setting.exchangeFault(presentText, nextText);
  const faults = fault === undefined ? checkTogether(settingsWith(next)).faults : [`${variable} ${fault}`];
  if (faults.length > 0) throw new Error(faults.join('; '));
  return next;
}

/** A SettingFault says what is wrong and not with what. */
function naming<T>(variable: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${variable} ${describeError(error)}`, { cause: error });
  }
}
