// The flows, in the order in which the collection shows them.
const { folderOf, itemOf } = require('../request');
const { django } = require('./django');
const { genAuth } = require('./genauth');
const { errors } = require('./native-errors');
const { byBody, byCookie } = require('./native-sessions');
const { oauth } = require('./oauth');
const { pingDirectory } = require('./ping-directory');

const description =
  'Requests in the order of a real client, with tests. Run one folder at a time, or all that the gateway can do.';

/** @returns the folder of all flows; each is a folder of its own, which can be run alone */
function flowFolder() {
  const flows = [byCookie, byBody, errors, oauth, django, pingDirectory, genAuth];
  return folderOf({ id: 'flows', name: 'Flows', description, items: flows.map(flowOf) });
}

function flowOf({ name, description, steps }) {
  const items = steps.map((step) => itemOf({ id: `flow ${name} ${step.name}`, ...step }));
  return folderOf({ id: `flow ${name}`, name, description, items });
}

module.exports = { flowFolder };
