// The peers, in the order of the report.
const recipe = require('./recipe/peer');

module.exports = [
  recipe,
  ...recipe.variants,
  require('./oidc-provider/peer'),
  require('./better-auth/peer'),
  require('./lemonldap/peer'),
];
