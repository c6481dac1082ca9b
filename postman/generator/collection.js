// The collection and its environment, as files for Postman.
const { flowFolder } = require('./flows');
const { operationFolders } = require('./operations');
const { auths, uuidOf } = require('./request');

const schema = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const description = `Every operation of the gateway, and flows that test it.

Choose the environment "Gatehouse, local" and fill in \`username\` and \`password\`; then run the folder "Flows", or log in and try single requests.
docs/postman.md of the project says more. Written by \`npm run docs:postman\`: do not change it by hand.`;

/** Filled by the scripts of the requests. */
const kept = [
  'access_token',
  'refresh_token',
  'id_token',
  'session_id',
  'dn',
  'refresh_cookie',
  'other_access_token',
  'other_refresh_token',
];

/** @param document the OpenAPI document of a gateway that speaks all dialects */
function collectionOf(document) {
  return {
    info: { _postman_id: uuidOf('collection'), name: 'Gatehouse', description, schema },
    auth: auths.bearer,
    item: [...operationFolders(document), flowFolder()],
    variable: kept.map((key) => ({ key, value: '' })),
  };
}

/** For a gateway on this machine. What is secret stays empty. */
function environment() {
  const plain = (key, value) => ({ key, value, type: 'default', enabled: true });
  const secret = (key) => ({ key, value: '', type: 'secret', enabled: true });
  return {
    id: uuidOf('environment'),
    name: 'Gatehouse, local',
    values: [
      plain('baseUrl', 'http://127.0.0.1:3000'),
      plain('username', 'demo'),
      secret('password'),
      secret('new_password'),
      plain('client_id', ''),
      secret('client_secret'),
    ],
    _postman_variable_scope: 'environment',
  };
}

module.exports = { collectionOf, environment };
