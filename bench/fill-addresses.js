// Loaded into a gateway before its own code (`node --require`): its limits begin with so many addresses that have been counted once, as
// if each had sent a request. To have them sent would take minutes.
const { WindowCounters } = require('../dist/stores/window-counters');
const { addressOf } = require('./gateway/requests');

const count = Number(process.env.BENCH_ADDRESSES);
const windowMs = 900_000;
const { increment } = WindowCounters.prototype;
const filled = new WeakSet();

WindowCounters.prototype.increment = function (...hit) {
  if (!filled.has(this)) {
    filled.add(this);
    for (let index = 0; index < count; index++)
      increment.call(this, `throttle:general:address:${addressOf(index)}`, windowMs);
  }
  return increment.apply(this, hit);
};
