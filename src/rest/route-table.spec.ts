import { describe, expect, it } from 'vitest';
import { RouteTable } from './route-table.ts';

const routes = new RouteTable();
routes.add('/api/v1/webhooks', 'GET');
routes.add('/api/v1/webhooks', ['POST', 'HEAD']);
routes.add('/api/v1/webhooks/:id', ['GET', 'PUT']);
routes.add('/api/v1/webhooks/:id/test', 'POST');
routes.add('/api/docs/*', 'GET');

describe('the methods of a path', () => {
  it.each([
    ['/api/v1/webhooks', ['GET', 'HEAD', 'POST']],
    ['/api/v1/webhooks/a', ['GET', 'PUT']],
    ['/api/v1/webhooks/a/test', ['POST']],
    ['/api/docs/a/b.css', ['GET']],
    ['/api/docs/', ['GET']],
    ['/api/v1/webhooks/', []],
    ['/api/v1/Webhooks', []],
    ['/api/v1', []],
    ['/', []],
    ['', []],
    ['/api/docs', []],
    ['/constructor', []],
  ])('%s: %j', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});
