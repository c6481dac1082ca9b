import { integer, list, text } from './setting';

const shortestWord = 3;

/** What new passwords must be, for everybody who chooses one here: over the API, a dialect or the command line. */
export const passwordSettings = {
  PASSWORD_MIN_LENGTH: integer({
    default: 8,
    min: 1,
    max: 64,
    meaning:
      'Fewest characters of a new password, whatever the directory’s own policy says; 15 are better where there is no second factor.',
  }),
  PASSWORD_BLOCKLIST_FILE: text({
    type: 'path',
    meaning:
      'File of passwords that nobody may choose, at most 32 MiB: one in each line, upper and lower case being the same, or its SHA-1 in ' +
      'hexadecimal, as lists of leaked passwords have it.',
  }),
  PASSWORD_FORBIDDEN_WORDS: list({
    type: 'list of words',
    accept: (item) =>
      [...item].length < shortestWord ? `must hold words of at least ${shortestWord} characters` : undefined,
    meaning:
      'Words that everybody would guess here, such as the names of the organisation and its products. Like the login name, they do not ' +
      'count towards PASSWORD_MIN_LENGTH.',
  }),
};
