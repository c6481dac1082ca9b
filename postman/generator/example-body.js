// Bodies and parameters of requests, from the examples of the OpenAPI document.

/** What a member or a parameter of this name is filled with: whose account it is stands in the environment, tokens come from answers. */
const variables = {
  usuario: 'username',
  username: 'username',
  sAMAccountName: 'username',
  user: 'username',
  contrasenia: 'password',
  password: 'password',
  staticPassword: 'password',
  oldPassword: 'password',
  nueva_contrasenia: 'new_password',
  new_password: 'new_password',
  newPassword: 'new_password',
  client_id: 'client_id',
  client_secret: 'client_secret',
  'x-authing-app-id': 'client_id',
  appId: 'client_id',
  refresh_token: 'refresh_token',
  token: 'access_token',
  access_token: 'access_token',
  id_token_hint: 'id_token',
  id: 'session_id',
  dn: 'dn',
};

/** Shown but not sent, because the request says the same in its `Authorization`. */
const saidByHeader = new Set(['client_id', 'client_secret', 'access_token']);

/** For names whose schema has no example. */
const further = {
  excludeAttributes: 'objectClass',
  includeAttributes: 'uid,mail',
  namespace: 'default',
  post_logout_redirect_uri: 'https://app.example.org/',
  role: 'admin',
  since: '0',
  state: 'af0ifjsldkj',
};

/** @returns the body of an operation for `bodyOf`; undefined where it has none. @throws Error where the document gives no example */
function exampleBody({ operationId, requestBody }, document) {
  if (!requestBody) return undefined;
  const [[media, content]] = Object.entries(requestBody.content);
  const disabled = requestBody.required !== true;
  const from = { operationId, document };
  if (media === 'application/x-www-form-urlencoded') return { form: formOf(content.schema, from), disabled };
  const [example] = Object.values(content.examples ?? {});
  const json = example ? withVariables(example.value) : valueOf(content.schema, operationId, from);
  return { json, disabled };
}

/** The same value with variables in place of names, passwords and tokens. */
function withVariables(value) {
  if (Array.isArray(value)) return value.map(withVariables);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'string' ? (variableOf(name) ?? member) : withVariables(member),
    ]),
  );
}

function variableOf(name) {
  return Object.hasOwn(variables, name) ? `{{${variables[name]}}}` : undefined;
}

function resolved(schema, document) {
  return schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema;
}

/** Objects have what they must have, and of the rest what a variable fills. */
function valueOf(given, name, from) {
  const schema = resolved(given, from.document);
  if (schema.type !== 'object' || !schema.properties) return wordOf(schema, name, from);
  const shown = Object.entries(schema.properties).filter(
    ([member]) => schema.required?.includes(member) || variableOf(member),
  );
  return Object.fromEntries(shown.map(([member, inner]) => [member, valueOf(inner, member, from)]));
}

function wordOf(schema, name, { operationId }) {
  const word = variableOf(name) ?? schema.example ?? schema.enum?.[0] ?? schema.default ?? further[name];
  if (word === undefined) throw new Error(`${operationId}: the document has no example for ${name}`);
  return word;
}

function formOf(given, from) {
  const { properties, required = [] } = resolved(given, from.document);
  return Object.entries(properties).map(([key, schema]) => {
    const isSent = required.includes(key) || (variableOf(key) && !saidByHeader.has(key));
    return {
      key,
      value: wordOf(schema, key, from),
      type: 'text',
      ...(schema.description && { description: schema.description }),
      ...(!isSent && { disabled: true }),
    };
  });
}

/** The parameters of one place (`query`, `path`, `header`) with their values; those that may be left out are not sent. */
function exampleParameters({ operationId, parameters = [] }, place) {
  return parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, required, description, schema = {} }) => {
      const value = wordOf(schema, name, { operationId });
      const isSent = required || name === 'id_token_hint';
      return { key: name, value, ...(description && { description }), ...(!isSent && { disabled: true }) };
    });
}

module.exports = { exampleBody, exampleParameters };
