import type { Actor } from '#platform/http/scopes.ts'

/** A person who may do everything, for what is called below the routes. */
export const TEST_ADMIN: Actor = {
  kind: 'user',
  id: '1',
  name: 'tester',
  role: 'admin',
  locale: null,
  scopes: ['admin'],
  shops: null,
}
