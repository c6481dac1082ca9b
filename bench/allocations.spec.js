const { allocationsOf } = require('./allocations');
const { callFrame } = require('./profiles.fixture');

function node(text, selfSize, children = []) {
  return { callFrame: callFrame(text), selfSize, children };
}

const refresh = 'refresh file:///srv/gate/dist/sessions/refresh.js';
const other = 'rotate file:///srv/gate/dist/sessions/rotate.js';
const profileOf = (...children) => ({ head: node('(root)', 0, children), samples: [] });

it('gives bytes for each request by place and by module, and all of them add up', () => {
  const found = allocationsOf(
    profileOf(node(refresh, 6000, [node('concat', 1000), node(other, 2000)]), node('(V8 API)', 1000)),
    10,
  );
  expect(found.bytes).toBe(1000);
  expect(found.places).toEqual([
    { name: 'refresh (gatehouse/sessions/refresh.js:10)', bytes: 600, share: 0.6 },
    { name: 'rotate (gatehouse/sessions/rotate.js:10)', bytes: 200, share: 0.2 },
    { name: 'concat (native, called by gatehouse/sessions)', bytes: 100, share: 0.1 },
    { name: '(V8 API)', bytes: 100, share: 0.1 },
  ]);
  expect(found.modules).toEqual([
    { name: 'gatehouse/sessions', bytes: 800, share: 0.8 },
    { name: 'native, called by gatehouse/sessions', bytes: 100, share: 0.1 },
    { name: '(V8 API)', bytes: 100, share: 0.1 },
  ]);
});

it('sums up a place that is called from several, and from itself', () => {
  const { places } = allocationsOf(
    profileOf(node(refresh, 10, [node(refresh, 20)]), node(other, 0, [node(refresh, 30)])),
    1,
  );
  expect(places).toEqual([{ name: 'refresh (gatehouse/sessions/refresh.js:10)', bytes: 60, share: 1 }]);
});

it('says that a profile is empty', () => {
  expect(() => allocationsOf({}, 10)).toThrow('the heap profile is empty');
  expect(() => allocationsOf(profileOf(node(refresh, 0)), 10)).toThrow('the heap profile is empty');
});
