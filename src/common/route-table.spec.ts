import { RouteTable } from './route-table';

describe('RouteTable', () => {
  const routes = new RouteTable();
  routes.add('/api/auth/login', ['POST']);
  routes.add('/api/auth/sessions/:id', ['GET']);
  routes.add('/api/auth/sessions/:id', ['DELETE', 'GET']);
  routes.add('/docs/*', ['GET']);
  routes.add('/openapi.json', ['GET']);

  it.each([
    ['/api/auth/login', ['POST']],
    ['/api/auth/login?x=/y', ['POST']],
    ['/api/auth/sessions/abc', ['GET', 'DELETE']],
    ['/api/auth/sessions/', []],
    ['/api/auth/sessions/a/b', []],
    ['/docs/a/b.js', ['GET']],
    ['/openapixjson', []],
    ['/', []],
  ])('knows the methods of %s', (url, methods) => expect(routes.methodsOf(url)).toEqual(methods));
});
