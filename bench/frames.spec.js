const { groups, originOf } = require('./frames');

const frame = (functionName, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });
const inPackage = (path) => originOf(frame('f', `file:///home/somebody/gate/node_modules/${path}`, 0));

it('names a place from the package or the built code on, and nothing of the machine', () => {
  const places = [
    'file:///home/somebody/gate/dist/auth/login/login.service.js',
    '/home/somebody/gate/node_modules/ldapts/dist/index.cjs',
    'file:///srv/dist/gate/node_modules/@nestjs/core/router/router.js',
    '/home/somebody/node_modules/outer/node_modules/inner/index.js',
    'node:internal/streams/writable',
    'file:///home/some%20body/bench/gateway/sample.js',
  ].map((url) => originOf(frame('f', url, 41)).place);
  expect(places).toEqual([
    'gatehouse/auth/login/login.service.js:42',
    'ldapts/dist/index.cjs:42',
    '@nestjs/core/router/router.js:42',
    'inner/index.js:42',
    'node:internal/streams/writable:42',
    'sample.js:42',
  ]);
});

it('tells modules: our folders, packages with their scope, parts of Node', () => {
  const ours = (path) => originOf(frame('f', `file:///srv/gate/dist/${path}`, 0)).module;
  expect(ours('auth/login/login.service.js')).toBe('gatehouse/auth');
  expect(ours('drain.js')).toBe('gatehouse');
  expect(inPackage('@nestjs/core/router/router.js').module).toBe('@nestjs/core');
  expect(inPackage('fastify/lib/reply.js').module).toBe('fastify');
  expect(originOf(frame('f', 'node:internal/streams/writable', 0)).module).toBe('node:internal/streams');
});

it('groups by where the code comes from', () => {
  const groupsOf = [
    ...['@nestjs/common/a.js', '@fastify/middie/a.js', 'find-my-way/index.js', 'ldapts/dist/a.cjs'],
    ...['lmdb/dist/index.cjs', 'msgpackr/pack.js', 'rxjs/dist/a.js'],
  ].map((path) => inPackage(path).group);
  expect(groupsOf).toEqual(['nest', 'fastify', 'fastify', 'ldapts', 'lmdb', 'lmdb', 'others']);
  expect(originOf(frame('f', '/srv/dist/drain.js', 0)).group).toBe('gatehouse');
  expect(originOf(frame('(garbage collector)')).group).toBe('native');
  expect(groupsOf.filter((group) => !Object.hasOwn(groups, group))).toEqual([]);
});

it('says of built-in functions and of generated ones who has called them, over several of them', () => {
  const caller = originOf(frame('write', 'node:internal/stream_base_commons', 10));
  const native = originOf(frame('writeBuffer'), caller);
  expect(native).toMatchObject({
    module: 'native, called by node:internal/stream_base_commons',
    group: 'native',
  });
  expect(originOf(frame('forEach'), native).module).toBe(native.module);
  const generated = originOf(frame('serialize', '', 3), inPackage('fastify/lib/reply.js'));
  expect(generated).toMatchObject({ module: 'generated, called by fastify', group: 'others' });
  expect(originOf(frame('runMicrotasks'), undefined).module).toBe('native');
});

it('takes a function without a name for one, and what V8 does itself for none', () => {
  expect(originOf(frame('', 'node:net', 0)).name).toBe('(anonymous)');
  expect(originOf(frame('(program)')).module).toBe('(program)');
  expect(originOf(frame('(anonymous)', '', 5), inPackage('ajv/a.js')).module).toBe(
    'generated, called by ajv',
  );
});
