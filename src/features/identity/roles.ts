import { SCOPES, type Scope } from '#platform/http/scopes.ts'

export const ROLE_NAMES = ['admin', 'operator', 'warehouse', 'finance', 'viewer'] as const
export type RoleName = (typeof ROLE_NAMES)[number]

const READ: readonly Scope[] = SCOPES.filter((scope) => scope.endsWith(':read'))

/** What each role may do. A new role does not compile until it is decided here. */
export const SCOPES_OF_ROLE: Readonly<Record<RoleName, readonly Scope[]>> = {
  admin: SCOPES,
  operator: SCOPES.filter((scope) => scope !== 'admin'),
  warehouse: [
    'orders:read',
    'orders:write',
    'messages:read',
    'outbox:read',
    'jobs:read',
    'review:read',
    'review:write',
    'stock:read',
    'stock:write',
    'rules:read',
    'fulfilment:write',
    'parcels:read',
    'parcels:write',
    'labels:print',
    'alarms:read',
    'drills:read',
    'drills:run',
  ],
  finance: [
    'orders:read',
    'outbox:read',
    'jobs:read',
    'imports:write',
    'review:read',
    'stock:read',
    'rules:read',
    'parcels:read',
    'alarms:read',
  ],
  viewer: READ,
}

export const ROLE_WORDS: Readonly<Record<RoleName, { readonly zh: string; readonly en: string }>> = {
  admin: { zh: '管理员', en: 'administrator' },
  operator: { zh: '运营', en: 'operator' },
  warehouse: { zh: '仓库', en: 'warehouse' },
  finance: { zh: '财务', en: 'finance' },
  viewer: { zh: '只读', en: 'read only' },
}

export function isRoleName(text: string): text is RoleName {
  return Object.hasOwn(SCOPES_OF_ROLE, text)
}
