import type { LocalizedText } from '../common/locale';
import type { Settings } from '../config/settings';
import { PasswordBlocklist } from './password-blocklist';
import { folded, visible } from './password-folding';

type RuleSettings = Pick<
  Settings,
  'PASSWORD_MIN_LENGTH' | 'PASSWORD_BLOCKLIST_FILE' | 'PASSWORD_FORBIDDEN_WORDS'
>;

/** Parts of a login name that are shorter stand in too many passwords by chance. */
const shortestNamePart = 4;
/** A name of one or two characters stands in too many as well, and leaves nothing of use to a guesser. */
const shortestWholeName = 3;

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
    const words = [...this.settings.PASSWORD_FORBIDDEN_WORDS.map(folded), ...namesIn(folded(username))];
    // The longest first, or a part of it would leave the rest.
    const longestFirst = words.sort((a, b) => b.length - a.length);
    return longestFirst.reduce((rest, word) => rest.replaceAll(word, ''), folded(password));
  }
}

/** What of a login name makes a password guessable: the whole name, what stands before `@` or behind a backslash, and each longer part. */
function namesIn(username: string): readonly string[] {
  const withoutDomain = username.slice(username.indexOf('\\') + 1);
  const local = withoutDomain.split('@', 1)[0] ?? '';
  const parts = username.split(/[^\p{L}\p{N}]+/u).filter((part) => lengthOf(part) >= shortestNamePart);
  const whole = [username, withoutDomain, local].filter((name) => lengthOf(name) >= shortestWholeName);
  return [...whole, ...parts];
}

/** Code points, as NIST SP 800-63B section 3.1.1.2 counts, without those that nobody sees. */
function lengthOf(text: string): number {
  return [...visible(text.normalize('NFC'))].length;
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
