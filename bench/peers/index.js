// The peers, in the order of the report.
const recipe = require('./recipe/peer');

module.exports = [recipe, ...recipe.variants];
