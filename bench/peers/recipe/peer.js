const { peerOf } = require('./start');

const title = 'NestJS on Express, passport-ldapauth, jsonwebtoken, SQLite';
const usual = { algorithm: 'ES256', synchronous: 'FULL' };

module.exports = peerOf({
  ...{ name: 'recipe', title, scenarios: ['login-ldap', 'refresh', 'verify', 'me', 'mix'] },
  ...usual,
});

/** The same with one thing changed each, to show what it costs. */
module.exports.variants = [
  peerOf({
    ...{ name: 'recipe-hs256', title: `${title}; signs by HS256`, scenarios: ['refresh', 'verify', 'me'] },
    ...{ ...usual, algorithm: 'HS256' },
  }),
  peerOf({
    ...{ name: 'recipe-normal', title: `${title}; does not wait for the disk`, scenarios: ['refresh'] },
    ...{ ...usual, synchronous: 'NORMAL' },
  }),
];
