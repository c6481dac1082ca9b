const { peerOf } = require('./start');

const title = 'NestJS on Express, passport-ldapauth, jsonwebtoken, SQLite';

module.exports = peerOf({ name: 'recipe', title, algorithm: 'ES256', synchronous: 'FULL' });

/** The same with one thing changed each, to show what it costs. */
module.exports.variants = [
  peerOf({
    name: 'recipe-hs256',
    title: `${title}; signed by HS256`,
    algorithm: 'HS256',
    synchronous: 'FULL',
  }),
  peerOf({
    name: 'recipe-normal',
    title: `${title}; not flushed to disk`,
    algorithm: 'ES256',
    synchronous: 'NORMAL',
  }),
];
