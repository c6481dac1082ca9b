import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { FileWatcher } from '../../common/watched-files';
import { ldapSettings, ldapVariable } from '../../config/ldap-settings';
import { StrategyUnavailable } from '../credential-strategy';

const settingNames = new RegExp(`\\b(?:${Object.keys(ldapSettings).join('|')})\\b`, 'g');

/**
 * A further directory has its own variables, LDAP_PARTNERS_URL for LDAP_URL. All texts of this folder are written with the names
 * of the first directory; here they get the right ones on their way out.
 */
export class OwnVariables {
  constructor(private readonly strategy: string) {}

  text(text: string): string {
    return text.replace(settingNames, (name) => ldapVariable(this.strategy, name));
  }

  /** @throws Error what `make` throws, in this directory's names. */
  made<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      const text = describeError(error);
      const own = this.text(text);
      throw own === text ? error : new Error(own, { cause: error });
    }
  }

  /** @throws StrategyUnavailable in this directory's names; anything else unchanged. */
  async told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof StrategyUnavailable ? this.renamed(error) : error;
    }
  }

  /** Writes to the given log. */
  logger(log: Logger): Logger {
    return {
      debug: (fields, message) => log.debug(this.fields(fields), this.text(message)),
      info: (fields, message) => log.info(this.fields(fields), this.text(message)),
      warn: (fields, message) => log.warn(this.fields(fields), this.text(message)),
      error: (fields, message) => log.error(this.fields(fields), this.text(message)),
    };
  }

  /** Follows files for the given watcher. */
  watcher(files: FileWatcher | undefined): FileWatcher | undefined {
    return (
      files && {
        watch: ({ setting, paths, reread }, mark) =>
          files.watch({ setting: this.text(setting), paths, reread: () => this.made(reread) }, mark),
      }
    );
  }

  private renamed(error: StrategyUnavailable): StrategyUnavailable {
    const text = this.text(error.message);
    if (text === error.message) return error;
    // The constructor puts the name before the detail again.
    const detail = text.slice(`${error.strategy}: `.length);
    return new StrategyUnavailable(error.strategy, detail, error.options);
  }

  private fields(fields: object): object {
    if (!('why' in fields) || typeof fields.why !== 'string') return fields;
    return { ...fields, why: this.text(fields.why) };
  }
}
