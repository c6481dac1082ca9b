// The load generator: a process of its own over bare sockets, so that it takes as little as possible of the machine that it measures.
//
// Takes { step: 'open', id, requests, scenario, state, clients }, which makes the clients of a program for a scenario by the module
// `requests` (bench/peers/README.md), and answers with {}; then { step: 'closed', id, port, connections, ms } and
// { step: 'open-loop', id, port, connections, perSecond, ms }, answered with what Tally gives; { step: 'forget', id }.
const { closedLoop, openLoop } = require('./rounds');

const clientsById = new Map();

const steps = {
  open({ id, requests, scenario, state, clients }) {
    const make = require(requests)[scenario];
    clientsById.set(
      id,
      Array.from({ length: clients }, (_, index) => make(state, index, clients)),
    );
    return {};
  },
  forget({ id }) {
    clientsById.delete(id);
    return {};
  },
  closed: (task) => closedLoop({ ...task, clients: clientsById.get(task.id) }),
  'open-loop': (task) => openLoop({ ...task, clients: clientsById.get(task.id) }),
};

const run = async (task) => steps[task.step](task);

process.on('message', (task) => {
  run(task).then(
    (result) => process.send(result),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
