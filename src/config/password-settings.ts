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
      'File of passwords that nobody may choose, in UTF-8, at most 64 MiB and 2 million lines: one in each line, upper and lower case being ' +
      'the same, or its SHA-1 in hexadecimal, as lists of leaked passwords have it (1.4 million with their counts). A million lines take ' +
      '8 MB and a few seconds of the start.',
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
