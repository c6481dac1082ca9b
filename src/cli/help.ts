import type { Command } from './command';

export const helpText = `Usage: npm run cli -- COMMAND    (in the image: gatehouse COMMAND)

  users add NAME [--display-name X] [--email X] [--group X]... [--role X]... [--password-stdin]
  users passwd NAME [--password-stdin]
  users list                          name, state, id, display name, groups and roles, with tabs between them
  users remove NAME
  users disable NAME
  users enable NAME
  clients add ID [--public] [--name X] [--scope "X Y"] [--secret-stdin]
                                      prints an entry for OAUTH_CLIENTS, and on standard error a new secret, once
  clients check                       the clients in OAUTH_CLIENTS: id, kind, ways to authenticate, scopes
  keys list                           kid, algorithm, state and moments of the signing keys, with tabs between them
  keys rotate [--now]                 the next key signs, if it has been published long enough; --now does not wait
  keys retire KID                     removes a compromised key at once, and refuses its tokens
  keys reseal                         seals the keys with KEY_ENCRYPTION_KEY, after it was set or changed
  accounts show NAME [--strategy NAME]
                                      the failed logins that are counted of a name and of its accounts, with tabs between them
  accounts unlock NAME [--strategy NAME]
                                      forgets them; a lock of the directory itself stays
  backup FOLDER                       copies DATA_DIR, keys and sessions, into a new folder while the gateway runs
  restore FOLDER                      puts that copy into the DATA_DIR that is set, which holds none of it
  doctor [--user NAME] [--strategy NAME] [--json]
                                      tries the credential sources step by step and says what to change; with --user it
                                      shows what that person's access token would hold, without a password
  health [--ready]                    exit status 0 when the gateway on this machine answers (wants requests), else 1
  help

A password is asked for twice on the terminal, or is the first line of standard input with --password-stdin.
Settings: USERS_FILE (else users.json in DATA_DIR), HOST and PORT, from the environment and from .env;
doctor, keys and accounts read all of them, clients check OAUTH_CLIENTS alone,
backup and restore DATA_DIR and REDIS_URL.
Exit status: 0 done, 1 refused, 2 called wrongly.
`;

/** `help`: what there is. */
export const help: Command = (_args, context) => {
  context.stdout.write(helpText);
  return Promise.resolve();
};
