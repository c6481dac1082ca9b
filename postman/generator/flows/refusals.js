// Scripts for refusals, which differ in little more than their codes.

/** An error of the native API: HTTP status and `code`; `more` are further lines, to which `body` is the answer. */
function refusedWith(status, code, more = []) {
  return [
    `pm.test('${status} ${code}', () => {`,
    `  pm.response.to.have.status(${status});`,
    '  const body = pm.response.json();',
    `  pm.expect(body.code).to.equal('${code}');`,
    ...more.map((line) => `  ${line}`),
    '});',
  ];
}

/** An error that says what it has to say in one member, such as `message` of Django or `error` of OAuth. */
function refusedWithMember(status, name, value) {
  return [
    `pm.test('${status} ${value}', () => {`,
    `  pm.response.to.have.status(${status});`,
    `  pm.expect(pm.response.json().${name}).to.equal('${value}');`,
    '});',
  ];
}

/** An error of PingDirectory by its result code. */
function refusedWithResult(status, name) {
  return [
    `pm.test('${status} ${name}', () => {`,
    `  pm.response.to.have.status(${status});`,
    `  pm.expect(pm.response.json().resultCode.name).to.equal('${name}');`,
    '});',
  ];
}

/** An error of GenAuth: HTTP 200 always, the truth in the envelope. */
function refusedInEnvelope(statusCode, apiCode) {
  const name = apiCode === undefined ? `${statusCode}` : `${statusCode} ${apiCode}`;
  return [
    `pm.test('${name} in the envelope', () => {`,
    '  pm.response.to.have.status(200);',
    '  const body = pm.response.json();',
    `  pm.expect([body.statusCode, body.apiCode]).to.eql([${statusCode}, ${apiCode}]);`,
    '});',
  ];
}

module.exports = { refusedInEnvelope, refusedWith, refusedWithMember, refusedWithResult };
