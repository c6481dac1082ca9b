import type { LocalizedText } from '../common/locale';
import type { Settings } from '../config/settings';
import { PasswordBlocklist } from './password-blocklist';

type RuleSettings = Pick<
  Settings,
  'PASSWORD_MIN_LENGTH' | 'PASSWORD_BLOCKLIST_FILE' | 'PASSWORD_FORBIDDEN_WORDS'
>;

/** Parts of a login name that are shorter stand in too many passwords by chance. */
const shortestNamePart = 4;

/**
 * What a new password must be before any source is asked (OWASP ASVS 5.0, 6.2.1, 6.2.4, 6.2.11, 6.2.12). No rule asks for kinds of
 * characters (6.2.5); a directory may refuse more.
 */
export class PasswordRules {
  private readonly blocklist: PasswordBlocklist | undefined;

  /** @throws Error that names the setting when the list cannot be read */
  constructor(private readonly settings: RuleSettings) {
    const { PASSWORD_BLOCKLIST_FILE: path } = settings;
    this.blocklist = path === undefined ? undefined : PasswordBlocklist.from(path);
  }

  /** Why somebody of this login name may not have the password; undefined where nothing is wrong with it. Repeats nothing of it. */
  faultOf(password: string, username: string): LocalizedText | undefined {
    const { PASSWORD_MIN_LENGTH: least } = this.settings;
    if (lengthOf(password) < least) return tooShort(least);
    if (lengthOf(this.withoutWords(password, username)) < least) return tooGuessable(least);
    return this.blocklist?.has(password) ? onTheList : undefined;
  }

  private withoutWords(password: string, username: string): string {
    const parts = folded(username).split(/[^\p{L}\p{N}]+/u);
    const own = parts.filter((part) => lengthOf(part) >= shortestNamePart);
    const words = [...this.settings.PASSWORD_FORBIDDEN_WORDS.map(folded), ...own];
    // The longest first, or a part of it would leave the rest.
    const longestFirst = words.sort((a, b) => b.length - a.length);
    return longestFirst.reduce((rest, word) => rest.replaceAll(word, ''), folded(password));
  }
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/** Code points, as NIST SP 800-63B section 3.1.1.2 counts. */
function lengthOf(text: string): number {
  return [...text.normalize('NFC')].length;
}

function tooShort(least: number): LocalizedText {
  return {
    es: `La nueva contraseña tiene menos de ${least} caracteres`,
    en: `The new password is shorter than ${least} characters`,
  };
}

function tooGuessable(least: number): LocalizedText {
  return {
    es: `Sin el nombre y las palabras que cualquiera adivinaría, la nueva contraseña tiene menos de ${least} caracteres`,
    en: `Without the login name and words that anybody would guess, the new password is shorter than ${least} characters`,
  };
}

const onTheList: LocalizedText = {
  es: 'La nueva contraseña está en una lista de contraseñas fáciles de adivinar o filtradas',
  en: 'The new password is on a list of passwords that are easy to guess or have leaked',
};
