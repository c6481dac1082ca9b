// Every operation of the OpenAPI document as a request, in folders.
const { exampleBody, exampleParameters } = require('./example-body');
const { auths, folderOf, itemOf } = require('./request');

const folders = [
  [
    'Native API',
    'Login, refresh, logout and the own account. Log in first: the access token is kept for all other requests.',
  ],
  ['Sessions', 'The own sessions, and what has ended before its time.'],
  ['Administration', 'The sessions of others, for people with ADMIN_ROLE.'],
  [
    'OAuth and OIDC',
    'For client libraries. Fill in client_id and client_secret of a client of OAUTH_CLIENTS, and log in for it: the flow "OAuth 2.0: a client" shows how.',
  ],
  ['Django', 'With COMPAT=django.'],
  ['PingDirectory', 'With COMPAT=ping-directory.'],
  ['GenAuth', 'With COMPAT=genauth, and client_id and client_secret of a client of OAUTH_CLIENTS.'],
  ['Health', 'Whether the process answers.'],
];

const folderOfTag = {
  'Native API': 'Native API',
  'Forward authentication': 'Native API',
  Administration: 'Administration',
  'OAuth 2.0 and OpenID Connect': 'OAuth and OIDC',
  Keys: 'OAuth and OIDC',
  'Django dialect': 'Django',
  'PingDirectory dialect': 'PingDirectory',
  'GenAuth dialect': 'GenAuth',
  Operations: 'Health',
};

/** What a request keeps of its answer for the next ones, by operation. */
const keeps = {
  login: keepTokens,
  refresh: keepTokens,
  me: keepSession,
  sessions: keepOtherSession,
  token: keepOAuthTokens,
  genAuthSignIn: keepSignIn,
  pingDirectoryAuthenticate: keepDirectoryLogin,
};

/** These take a client, but go without one too. */
const mayBeClientless = new Set(['login']);

/** @returns the folders, in their order, with every operation of the document */
function operationFolders(document) {
  const operations = operationsOf(document);
  return folders.map(([name, description]) => {
    const inside = operations.filter((operation) => operation.folder === name);
    const isUnique = ({ summary }) => inside.filter((other) => other.summary === summary).length === 1;
    const items = inside.map((operation) => operationItem(operation, isUnique(operation), document));
    return folderOf({ id: `folder ${name}`, name, description, items });
  });
}

function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const [tag] = operation.tags ?? [];
      const isOfSessions = /^\/api\/auth\/(sessions|revocations)/.test(path);
      const folder = isOfSessions ? 'Sessions' : folderOfTag[tag];
      if (!folder) throw new Error(`${method} ${path}: no folder for the tag ${tag}`);
      return { ...operation, path, method: method.toUpperCase(), folder };
    }),
  );
}

function operationItem(operation, isUnique, document) {
  const { operationId, summary, method, path } = operation;
  return itemOf({
    id: `operation ${method} ${path}`,
    name: isUnique ? summary : `${summary} (${method} ${path})`,
    description: describe(operation),
    method,
    path: path.replace(/\{(\w+)\}/g, ':$1'),
    query: exampleParameters(operation, 'query'),
    pathVariables: exampleParameters(operation, 'path'),
    headers: exampleParameters(operation, 'header'),
    auth: authOf(operation),
    body: exampleBody(operation, document),
    test: keeps[operationId],
  });
}

/** Cookies need no word here: the jar sends them. */
function authOf({ operationId, security = [] }) {
  const schemes = security.flatMap(Object.keys);
  if (schemes.includes('access_token')) return auths.bearer;
  return schemes.includes('client_secret_basic') && !mayBeClientless.has(operationId)
    ? auths.basic
    : auths.none;
}

function describe({ description, responses }) {
  const answers = Object.entries(responses).map(([status, answer]) => `- ${status}: ${answer.description}`);
  return [...(description ? [description, ''] : []), 'Answers:', '', ...answers].join('\n');
}

/* The scripts below run in Postman, which gives them `pm`. */
/* global pm */

function keepTokens() {
  if (pm.response.code === 200) {
    const { access_token, refresh_token, id_token } = pm.response.json().data;
    for (const [name, value] of Object.entries({ access_token, refresh_token, id_token })) {
      if (value !== undefined) pm.collectionVariables.set(name, value);
    }
  }
}

function keepSession() {
  if (pm.response.code === 200) {
    pm.collectionVariables.set('session_id', pm.response.json().data.session?.id);
  }
}

function keepOtherSession() {
  if (pm.response.code === 200) {
    const other = pm.response.json().data.find(({ current }) => !current);
    if (other) pm.collectionVariables.set('session_id', other.id);
  }
}

function keepOAuthTokens() {
  if (pm.response.code === 200) {
    const { access_token, refresh_token, id_token } = pm.response.json();
    for (const [name, value] of Object.entries({ access_token, refresh_token, id_token })) {
      if (value !== undefined) pm.collectionVariables.set(name, value);
    }
  }
}

function keepSignIn() {
  // `data` is a name of Postman's own here.
  const answer = pm.response.json();
  if (answer.statusCode === 200) {
    pm.collectionVariables.set('access_token', answer.data.access_token);
    pm.collectionVariables.set('id_token', answer.data.id_token);
  }
}

function keepDirectoryLogin() {
  if (pm.response.code === 200) {
    const { accessToken, userAttributes } = pm.response.json();
    pm.collectionVariables.set('access_token', accessToken);
    if (userAttributes) pm.collectionVariables.set('dn', encodeURIComponent(userAttributes._dn));
  }
}

module.exports = { operationFolders };
