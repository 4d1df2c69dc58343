import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { isScope, SCOPES, type Scope } from '#platform/http/scopes.ts'
import { type RunningHub, runningHub } from '#test-support/hub.ts'

// Every route of the whole hub, over the socket: nobody, somebody with everything but the scope, and somebody with only it.

/** Open to anybody, and why. A new public route has to be written down here. */
const PUBLIC: Readonly<Record<string, string>> = {
  'GET /healthz': 'probes have no key',
  'GET /readyz': 'probes have no key',
  'GET /metrics': 'given to this machine only',
  'POST /api/session': 'signing in',
  'POST /api/session/link': 'signing in',
  'GET /callback/{token}': 'platforms verify their URL; the token names the connection',
  'POST /callback/{token}': 'platforms push; verified by their signature',
  'POST /api/buyer/track': 'buyers ask by order number and phone tail; limited',
  'PUT /callback/{token}': 'platforms push; verified by their signature',
  'POST /v3/logistics/track': 'programs push tracking events; verified by their signature',
}

/** What each room of the API asks for; the first that fits. */
const DEMANDS: readonly (readonly [RegExp, Scope | 'signed_in'])[] = [
  [/^\w+ \/api\/(users|keys|audit)\b/, 'admin'],
  [/^PATCH \/api\/settings$/, 'admin'],
  [/^GET \/api\/(settings|status)$/, 'signed_in'],
  [/^(GET|DELETE) \/api\/session$/, 'signed_in'],
  [/^POST \/api\/session\/password$/, 'signed_in'],
  [/^\w+ \/api\/imports\b/, 'imports:write'],
  [/^GET \/api\/connect(ions|ors)\b/, 'connections:read'],
  [/^\w+ \/api\/connections\b/, 'connections:write'],
  [/^GET \/api\/credentials\b/, 'connections:read'],
  [/^\w+ \/api\/credentials\b/, 'connections:write'],
  [/^POST \/api\/number-pools\/preview$/, 'parcels:read'],
  [/^GET \/api\/number-pools\b/, 'parcels:read'],
  [/^\w+ \/api\/number-pools\b/, 'parcels:write'],
  [/^GET \/api\/outward\b/, 'connections:read'],
  [/^\w+ \/api\/outward\b/, 'connections:write'],
  [/^GET \/api\/jobs\b/, 'jobs:read'],
  [/^\w+ \/api\/jobs\b/, 'jobs:write'],
  [/^(GET \/api\/mapping\b|POST \/api\/mapping\/drafts\/\{id\}\/preview$)/, 'mapping:read'],
  [/^\w+ \/api\/mapping\b/, 'mapping:write'],
  [/^GET \/api\/messages\b/, 'messages:read'],
  [/^POST \/api\/messages\/replay\b/, 'messages:replay'],
  [/^GET \/api\/look-back\b/, 'messages:read'],
  [/^\w+ \/api\/look-back\b/, 'messages:replay'],
  [/^GET \/api\/outbox\b/, 'outbox:read'],
  [/^\w+ \/api\/outbox\b/, 'outbox:write'],
  [/^GET \/api\/(callbacks|lanes|polls|tls-probe)\b/, 'connections:read'],
  [/^\w+ \/api\/(callbacks|lanes|polls|tls-probe)\b/, 'connections:write'],
  [/^GET \/api\/emergency\/level$/, 'signed_in'],
  [/^GET \/api\/(backlog|emergency)\b/, 'messages:read'],
  [/^\w+ \/api\/(backlog|emergency)\b/, 'messages:replay'],
  [/^POST \/api\/orders\/\{id\}\/ask$/, 'orders:write'],
  [/^POST \/api\/v1\/gateway\b/, 'gateway:write'],
  [/^GET \/api\/drills\/scenarios\/\{id\}\/source$/, 'drills:run'],
  [/^GET \/api\/drills\b/, 'drills:read'],
  [/^\w+ \/api\/drills\b/, 'drills:run'],
  [/^GET \/api\/(alarms|alarm-deliveries|alarm-routes|alarm-silences|runbooks)\b/, 'alarms:read'],
  [/^\w+ \/api\/(alarms|alarm-routes|alarm-silences)\b/, 'alarms:write'],
  [/^(GET \/api\/promises\b|POST \/api\/promises\/(rules\/preview|calendars\/try)$)/, 'orders:read'],
  [/^\w+ \/api\/promises\b/, 'promises:write'],
  [/^(GET \/api\/review\b|POST \/api\/review\/export$)/, 'review:read'],
  [/^\w+ \/api\/review\b/, 'review:write'],
  [/^POST \/api\/(reshipments|reshipments\/disputes)\/\{id\}\/decide$/, 'parcels:approve'],
  [/^GET \/api\/(reshipments|intercepts)\b/, 'parcels:read'],
  [/^\w+ \/api\/(reshipments|intercepts)\b/, 'parcels:write'],
  [/^GET \/api\/(waybills|carrier-accounts|ship-from)\b/, 'parcels:read'],
  [/^\w+ \/api\/(waybills|carrier-accounts|ship-from)\b/, 'parcels:write'],
  [/^(POST \/api\/labels\/(batches|preview)\b|GET \/api\/labels\/batches\/\{id\}\/pdf$)/, 'labels:print'],
  [/^(GET \/api\/print\/tasks\/\{id\}\/document$|POST \/api\/print\/(claim|tasks)\b)/, 'labels:print'],
  [/^GET \/api\/(labels|print)\b/, 'parcels:read'],
  [/^\w+ \/api\/(labels|print)\b/, 'parcels:write'],
  [/^\w+ \/api\/webhooks\b/, 'webhooks:write'],
  [/^POST \/freight\/quote$/, 'freight:quote'],
  [/^\w+ \/api\/rules\b.*\/(publish|share|promote|rollback|approve|reject|retire)$/, 'rules:publish'],
  [
    /^(GET \/api\/(rules|decisions|regions|customer-tiers)\b|POST \/api\/rules\/(try|check|cases\/run)$)/,
    'rules:read',
  ],
  [/^\w+ \/api\/(rules|regions|customer-tiers)\b/, 'rules:write'],
  [/^(GET \/api\/fulfilment\b|POST \/api\/fulfilment\/.*preview$)/, 'orders:read'],
  [/^\w+ \/api\/fulfilment\b/, 'fulfilment:write'],
  [/^(GET \/api\/sku-profiles\b|POST \/api\/sku-profiles\/list\/preview$)/, 'orders:read'],
  [/^\w+ \/api\/sku-profiles\b/, 'orders:write'],
  [/^(GET \/api\/sourcing\b|POST \/api\/sourcing\/.*preview$)/, 'stock:read'],
  [/^\w+ \/api\/sourcing\b/, 'stock:write'],
  [/^POST \/api\/stock\/unlocks\/decide$/, 'stock:approve'],
  [/^POST \/api\/stock\/(levels\/export|unlocks\/preview)$/, 'stock:read'],
  [/^GET \/api\/stock\/(levels|summary|quotas|holds|unlocks)\b/, 'stock:read'],
  [/^\w+ \/api\/stock\/(adjust|quotas|reservations|holds|unlocks|import)\b/, 'stock:write'],
  [/^POST \/api\/orders\/(bulk\b|\{id\}\/reveal$)/, 'orders:write'],
  [/^(PUT|POST|DELETE) \/api\/skus\b/, 'orders:write'],
  [/^(GET \/api\/warehouses\b|POST \/api\/warehouses\/list\/preview$)/, 'stock:read'],
  [/^\w+ \/api\/warehouses\b/, 'stock:write'],
  [/^GET \/api\/capture\/setup\/\{id\}\/tables$/, 'stock:write'],
  [/^GET \/api\/capture\/setup\b/, 'stock:read'],
  [/^\w+ \/api\/capture\/setup\b/, 'stock:write'],
  [/^GET \/api\/capture\/(feeds|lag|findings)\b/, 'stock:read'],
  [/^\w+ \/api\/capture\/(feeds|findings|uploads)\b/, 'stock:write'],
  [/^POST \/api\/v1\/stock\/changes$/, 'stock:write'],
  [/^(GET \/api\/sellable\b|POST \/api\/sellable\/preview$)/, 'stock:read'],
  [/^\w+ \/api\/sellable\b/, 'stock:write'],
  [/^(GET \/api\/parcels\b|POST \/api\/parcels\/settings\/try$)/, 'parcels:read'],
  [/^\w+ \/api\/parcels\b/, 'parcels:write'],
  [/^(GET \/api\/transfers\b|POST \/api\/transfers\/preview$)/, 'stock:read'],
  [/^\w+ \/api\/transfers\b/, 'stock:write'],
  [/^(GET \/api\/(order-stock|stock-routes)\b|POST \/api\/stock-routes\/preview$)/, 'stock:read'],
  [/^\w+ \/api\/(order-stock|stock-routes)\b/, 'stock:write'],
  [/^GET \/api\/lock-health\b/, 'stock:read'],
  [/^GET \/stock\/(available$|lock\/)/, 'stock:read'],
  [/^POST \/stock\/lock\//, 'stock:lock'],
  [/^POST \/api\/stock\/ledger-checks\/repair$/, 'stock:approve'],
  [/^GET \/api\/(stock\/ledger-checks|doctor)$/, 'stock:read'],
  [/^POST \/api\/stock\/ledger-checks$/, 'stock:write'],
  // A saved view and an export are ways of looking.
  [/^\w+ \/api\/(orders|drift|skus)\b/, 'orders:read'],
]

type Route = {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly scope: unknown
}

let running: RunningHub
let routes: readonly Route[] = []

before(async () => {
  running = await runningHub()
  const document = (await running.call('GET', '/api/openapi.json')).body as {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: path.replaceAll(/\{[^}]+\}/g, '1'),
      scope: route['x-scope'] ?? 'public',
    })),
  )
})
after(async () => await running.close())

test('every route is on the list of public ones or asks for the scope of its room', () => {
  assert.ok(routes.length > 50, `only ${routes.length} routes`)
  for (const { name, scope } of routes) {
    const demand =
      PUBLIC[name] === undefined ? DEMANDS.find(([pattern]) => pattern.test(name))?.[1] : 'public'
    assert.equal(scope, demand, name)
  }
  const gone = Object.keys(PUBLIC).filter((name) => routes.every((route) => route.name !== name))
  assert.deepEqual(gone, [], 'listed as public and not there')
})

test('without a key every other route answers 401', async () => {
  for (const route of routes.filter(({ name }) => PUBLIC[name] === undefined)) {
    const answer = await ask(route, {})
    assert.deepEqual([answer.status, answer.code], [401, 'identity.not_signed_in'], route.name)
    const wrong = await ask(route, { authorization: 'Bearer hf_nobody_nothing' })
    assert.deepEqual([wrong.status, wrong.code], [401, 'identity.key_invalid'], route.name)
  }
})

test('with every scope but the one that it asks for a route answers 403, and with it alone not', async () => {
  for (const scope of SCOPES) {
    const mine = routes.filter((route) => route.scope === scope && isScope(scope))
    if (mine.length === 0) continue
    const others = await keyOf(SCOPES.filter((one) => one !== scope && one !== 'admin'))
    const only = await keyOf([scope])
    for (const route of mine) {
      const refused = await ask(route, others)
      assert.deepEqual([refused.status, refused.code], [403, 'identity.forbidden'], route.name)
      // Only what changes nothing is asked with the right key; the rest has its own tests.
      if (route.method !== 'GET' || route.path.endsWith('/stream')) continue
      const allowed = await ask(route, only)
      assert.ok(allowed.status !== 401 && allowed.status !== 403, `${route.name}: ${allowed.status}`)
    }
  }
})

async function keyOf(scopes: readonly Scope[]): Promise<Record<string, string>> {
  const { clock, random } = running.hub.core
  const policy = { idleHours: 1, maxDays: 1 }
  const identity = createIdentity({ sql: running.database.sql, clock, random, policy })
  const made = await makeKey(identity, SYSTEM, {
    name: scopes.join(' ').slice(0, 40),
    scopes,
    expiresAt: null,
  })
  assert.ok(made.ok)
  return { authorization: `Bearer ${made.value.text}` }
}

async function ask(
  { method, path }: Route,
  headers: Record<string, string>,
): Promise<{ status: number; code: unknown }> {
  const answer = await fetch(`${running.hub.url}${path}`, { method, headers })
  const text = await answer.text()
  const isProblem = answer.headers.get('content-type')?.includes('problem+json') === true
  return { status: answer.status, code: isProblem ? (JSON.parse(text) as { code: unknown }).code : null }
}
