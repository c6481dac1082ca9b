// The parts of a collection, in the format 2.1.0: https://schema.getpostman.com/json/collection/v2.1.0/collection.json
const { createHash } = require('node:crypto');

/** A UUID that is the same for the same name: an import then replaces what an earlier one brought. */
function uuidOf(name) {
  const hex = createHash('sha256').update(`gatehouse postman ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex[16], 16) % 4) + 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

const text = (key, value) => ({ key, value, type: 'string' });

/** How a request says who sends it; the secrets come from variables. */
const auths = {
  none: { type: 'noauth' },
  bearer: bearerOf('access_token'),
  basic: { type: 'basic', basic: [text('username', '{{client_id}}'), text('password', '{{client_secret}}')] },
};

/** @param variable the name of the variable that holds the access token */
function bearerOf(variable) {
  return { type: 'bearer', bearer: [text('token', `{{${variable}}}`)] };
}

/** @param content `{ json }`, `{ raw }` or `{ form: [{ key, value }] }`; with `disabled` it is shown and not sent */
function bodyOf({ json, raw, form, disabled }) {
  const rest = disabled && { disabled };
  if (form) return { mode: 'urlencoded', urlencoded: form, ...rest };
  const options = { raw: { language: 'json' } };
  return { mode: 'raw', raw: raw ?? JSON.stringify(json, null, 2), options, ...rest };
}

function headersOf({ headers = [], body }) {
  const isJson = body && !body.form && !headers.some(({ key }) => key.toLowerCase() === 'content-type');
  return isJson ? [{ key: 'Content-Type', value: 'application/json' }, ...headers] : headers;
}

/** @param path segments that begin with `:` are filled from `pathVariables` */
function urlOf({ path, query = [], pathVariables = [] }) {
  const sent = query.filter(({ disabled }) => !disabled).map(({ key, value }) => `${key}=${value}`);
  return {
    raw: `{{baseUrl}}${path}${sent.length > 0 ? `?${sent.join('&')}` : ''}`,
    host: ['{{baseUrl}}'],
    path: path.slice(1).split('/'),
    ...(query.length > 0 && { query }),
    ...(pathVariables.length > 0 && { variable: pathVariables }),
  };
}

/** One request with the script that runs after its answer. `id` must be the same at each run. */
function itemOf({ id, name, description, test, auth = auths.none, ...request }) {
  return {
    name,
    id: uuidOf(id),
    ...(test && { event: [{ listen: 'test', script: { type: 'text/javascript', exec: linesOf(test) } }] }),
    request: {
      method: request.method ?? 'GET',
      ...(description && { description }),
      auth,
      header: headersOf(request),
      ...(request.body && { body: bodyOf(request.body) }),
      url: urlOf(request),
    },
    response: [],
  };
}

function folderOf({ id, name, description, items }) {
  return { name, id: uuidOf(id), ...(description && { description }), item: items };
}

/** The lines of a script: those given, or the body of a function, which is written as one so that it is checked and formatted as one. */
function linesOf(script) {
  if (typeof script !== 'function') return script;
  const lines = script.toString().split('\n').slice(1, -1);
  if (lines.length === 0) throw new Error(`A script is one line: ${script.toString()}`);
  const indent = Math.min(...lines.filter((line) => line !== '').map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent));
}

module.exports = { auths, bearerOf, folderOf, itemOf, linesOf, uuidOf };
