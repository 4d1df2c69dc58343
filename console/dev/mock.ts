import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { detailOf, driftOf, messageOf, RECIPIENT } from './invented-detail.ts'
import { ago, CONNECTIONS, inventOrder, type Json, oneOf, random, ZONE } from './invented-orders.ts'

/**
 * An invented hub for working on pages: `npm run dev` without HOLDFAST_URL. Any name with the password `holdfast-dev` signs in.
 * `MOCK=empty` has no orders, `MOCK=down` answers 503.
 */
export function mockHub(): Plugin {
  return {
    name: 'invented-hub',
    configureServer: ({ middlewares }) => void middlewares.use(answer),
    configurePreviewServer: ({ middlewares }) => {
      middlewares.use(strictPolicy)
      middlewares.use(answer)
    },
  }
}

/** The policy that the real hub sends, so that a page that breaks it breaks here first. */
const strictPolicy: Connect.NextHandleFunction = (_request, response, next) => {
  response.setHeader(
    'content-security-policy',
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
  )
  next()
}

type Order = Parameters<typeof detailOf>[0]
type Handler = (context: { url: URL; body: Json; id: string }) => unknown
const TOTAL = process.env['MOCK'] === 'empty' ? 0 : 500
const orders = Array.from({ length: TOTAL }, (_, index) => inventOrder(index, TOTAL) as Order)
const saved: Json[] = []
let signedIn = true
const users: Json[] = [
  { id: 'u1', name: '林岚', role: 'admin', disabled: false, seenAt: ago(60) },
  { id: 'u2', name: '周仓', role: 'warehouse', disabled: false, seenAt: ago(9000) },
  { id: 'u3', name: '何账', role: 'finance', disabled: true, seenAt: ago(900_000) },
]
const keys: Json[] = [
  {
    id: 'k1',
    name: 'ERP 读取订单',
    scopes: ['orders:read', 'jobs:read'],
    createdAt: ago(800_000),
    lastUsedAt: ago(30),
  },
]
const session = () => ({
  user: { id: 'u1', name: '林岚', role: 'admin', locale: 'zh' },
  csrf: 'dev',
  scopes: ['admin'],
  hub: { version: '0.1.0', zone: ZONE, simulated: true },
})

class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

const PRESETS: readonly [string, string, string, string, (order: Order) => boolean][] = [
  ['all', 'normal', '全部', 'All', () => true],
  ...([
    'pending_payment:待付款:Awaiting payment',
    'awaiting_shipment:待发货:To ship',
    'partially_shipped:部分发货:Part shipped',
    'shipped:已发货:Shipped',
    'in_transit:运输中:In transit',
    'delivered:已签收:Delivered',
    'completed:已完成:Completed',
  ].map((text) => {
    const [id = '', zh = '', en = ''] = text.split(':')
    return [id, 'normal', zh, en, (order: Order) => order.status === id]
  }) as [string, string, string, string, (order: Order) => boolean][]),
  ['on_hold', 'abnormal', '暂不可发', 'On hold', (order) => order.status === 'on_hold'],
  [
    'overdue',
    'abnormal',
    '超时未发',
    'Overdue',
    (order) => order.status === 'awaiting_shipment' && String(order['shipBy']) < ago(0),
  ],
  ['report_refused', 'abnormal', '回传失败', 'Report refused', (order) => order.report === 'refused'],
  ['report_unknown', 'abnormal', '回传待确认', 'Report unconfirmed', (order) => order.report === 'unknown'],
  ['drift', 'abnormal', '状态漂移', 'Drift', (order) => order.driftCount > 0],
  ['unmatched', 'abnormal', 'SKU 未匹配', 'SKU unmatched', (order) => Number(order['unmatchedLines']) > 0],
  ['after_sale', 'abnormal', '售后中', 'After-sale', (order) => order['afterSale'] === 'requested'],
  ['cancelled_shipped', 'abnormal', '取消后发货', 'Shipped though cancelled', () => false],
]

function find(url: URL): Order[] {
  const all = (name: string) => url.searchParams.getAll(name)
  const one = (name: string) => url.searchParams.get(name)
  const preset = PRESETS.find(([id]) => id === one('view'))
  const words = (one('q') ?? '').split(/[\s,，]+/).filter(Boolean)
  const found = orders.filter(
    (order) =>
      (!preset || preset[4](order)) &&
      (all('status').length === 0 || all('status').includes(order.status)) &&
      (all('connection').length === 0 || all('connection').includes(String(order.connection['id']))) &&
      (!one('report') || order.report === one('report')) &&
      (!one('drift') || order.driftCount > 0) &&
      (!one('unmatched') || Number(order['unmatchedLines']) > 0) &&
      (!one('afterSale') || order['afterSale'] !== 'none') &&
      (!one('from') || order.placedAt >= String(one('from'))) &&
      (!one('to') || order.placedAt < String(one('to'))) &&
      (words.length === 0 ||
        words.some(
          (word) =>
            order.orderNo === word ||
            order.trackingNos.includes(word) ||
            String(order['firstTitle']).includes(word),
        )),
  )
  const sort = one('sort')
  if (sort?.endsWith('shipBy'))
    found.sort((a, b) => String(a['shipBy'] ?? '').localeCompare(String(b['shipBy'] ?? '')))
  if (sort === '-shipBy' || sort === 'sortAt') found.reverse()
  return found
}

function page(all: readonly unknown[], url: URL) {
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? 50)
  return {
    items: all.slice(from, from + limit),
    next: from + limit < all.length ? String(from + limit) : null,
  }
}

const order = (id: string): Order => {
  const found = orders.find((one) => one.id === id)
  if (!found) throw new Refusal(404, 'orders.not_found', `没有编号为 ${id} 的订单`)
  return found
}
const driftRows = () =>
  orders
    .filter((one) => one.driftCount > 0)
    .map(
      (one) =>
        ({
          orderId: one.id,
          orderNo: one.orderNo,
          connection: one.connection,
          durationSeconds: 3600 * (1 + (Number(one.id) % 60)),
          ...driftOf(one),
        }) as Json,
    )

const skus: Json[] = orders.slice(0, 12).map((one, index) => ({
  connection: one.connection,
  shopSku: index === 5 ? '' : `SHOP-${String(index * 37 + 1001)}`,
  title: one.firstTitle,
  orders: 60 - index * 4,
  quantity: 130 - index * 7,
}))
const mappings: Json[] = []
const SKU_ROUTES: readonly [string, RegExp, Handler][] = [
  ['GET', /^\/api\/skus\/unmatched$/, ({ url }) => page(skus, url)],
  ['GET', /^\/api\/skus\/mapping$/, ({ url }) => page(mappings, url)],
  [
    'PUT',
    /^\/api\/skus\/mapping$/,
    ({ body }) => {
      mappings.unshift({ ...body, connectionName: null, updatedBy: '林岚', updatedAt: ago(0) })
      return { mapped: 1, lines: 3, orders: 2 }
    },
  ],
]

const ROUTES: readonly [string, RegExp, Handler][] = [
  [
    'GET',
    /^\/api\/session$/,
    () => {
      if (!signedIn) throw new Refusal(401, 'identity.not_signed_in', '尚未登录')
      return session()
    },
  ],
  [
    'POST',
    /^\/api\/session$/,
    ({ body }) => {
      if (body['password'] !== 'holdfast-dev')
        throw new Refusal(401, 'identity.wrong_credentials', '用户名或密码不对')
      signedIn = true
      return session()
    },
  ],
  [
    'POST',
    /^\/api\/session\/link$/,
    () => {
      signedIn = true
      return session()
    },
  ],
  [
    'DELETE',
    /^\/api\/session$/,
    () => {
      signedIn = false
    },
  ],
  ['GET', /^\/api\/orders$/, ({ url }) => page(find(url), url)],
  [
    'GET',
    /^\/api\/orders\/views$/,
    () => ({
      presets: PRESETS.map(([id, group, zh, en, test]) => ({
        id,
        group,
        zh,
        en,
        filter: {},
        count: orders.filter(test).length,
        capped: false,
      })),
      saved,
    }),
  ],
  [
    'POST',
    /^\/api\/orders\/views$/,
    ({ body }) => {
      const view = {
        id: `s${saved.length + 1}`,
        group: 'mine',
        zh: body['name'],
        en: body['name'],
        filter: body['filter'],
        count: 12,
        capped: false,
      }
      saved.push(view)
      return view
    },
  ],
  [
    'DELETE',
    /^\/api\/orders\/views\/(\w+)$/,
    ({ id }) =>
      void saved.splice(
        saved.findIndex((view) => view['id'] === id),
        1,
      ),
  ],
  [
    'POST',
    /^\/api\/orders\/bulk\/preview$/,
    ({ body }) => {
      const ids = (body['ids'] as string[] | undefined) ?? orders.map((one) => one.id)
      const skipped = ids.filter((id) => order(id).trackingNos.length === 0)
      return {
        willChange: ids.length - skipped.length,
        skipped: skipped.map((id) => ({
          id,
          orderNo: order(id).orderNo,
          code: 'orders.no_parcel',
          detail: '还没有运单',
        })),
        skippedTotal: skipped.length,
        sample: ids
          .filter((id) => !skipped.includes(id))
          .slice(0, 5)
          .map((id) => ({ id, orderNo: order(id).orderNo })),
      }
    },
  ],
  [
    'POST',
    /^\/api\/orders\/bulk$/,
    ({ body }) => ({ done: ((body['ids'] as string[] | undefined) ?? orders).length }),
  ],
  ['POST', /^\/api\/orders\/export$/, () => ({ note: 'invented' })],
  ['POST', /^\/api\/orders\/(\w+)\/reveal$/, () => RECIPIENT],
  ['GET', /^\/api\/orders\/(\w+)$/, ({ id }) => detailOf(order(id))],
  ['GET', /^\/api\/messages\/(\w+)$/, ({ id }) => messageOf(id)],
  ['GET', /^\/api\/connections$/, ({ url }) => page(CONNECTIONS, url)],
  [
    'GET',
    /^\/api\/drift$/,
    ({ url }) => {
      const one = (name: string) => url.searchParams.get(name)
      const rows = driftRows().filter(
        (row) =>
          (!one('open') || row['until'] === null) &&
          (!one('field') || row['field'] === one('field')) &&
          (!one('cause') || row['cause'] === one('cause')),
      )
      return page(rows, url)
    },
  ],
  [
    'GET',
    /^\/api\/drift\/top$/,
    () => ({
      items: driftRows()
        .sort((x, y) => Number(y['durationSeconds']) - Number(x['durationSeconds']))
        .slice(0, 10),
    }),
  ],
  [
    'GET',
    /^\/api\/drift\/summary$/,
    () => {
      const groups = new Map<string, Json & { open: number }>()
      for (const row of driftRows()) {
        const key = `${row['cause']}${row['field']}`
        const group = groups.get(key) ?? {
          cause: row['cause'],
          field: row['field'],
          open: 0,
          closed: 1,
          longestSeconds: 90_000,
        }
        groups.set(key, { ...group, open: group.open + 1 })
      }
      return { open: 22, closed: 8, groups: [...groups.values()] }
    },
  ],
  ...SKU_ROUTES,
  ['GET', /^\/api\/users$/, ({ url }) => page(users, url)],
  [
    'POST',
    /^\/api\/users$/,
    ({ body }) =>
      void users.push({
        id: `u${users.length + 1}`,
        disabled: false,
        seenAt: null,
        name: body['name'],
        role: body['role'],
      }),
  ],
  [
    'PATCH',
    /^\/api\/users\/(\w+)$/,
    ({ id, body }) => void Object.assign(users.find((user) => user['id'] === id) ?? {}, body),
  ],
  ['GET', /^\/api\/keys$/, ({ url }) => page(keys, url)],
  [
    'POST',
    /^\/api\/keys$/,
    ({ body }) => {
      const key = {
        id: `k${keys.length + 1}`,
        name: body['name'],
        scopes: body['scopes'],
        createdAt: ago(0),
        lastUsedAt: null,
      }
      keys.push(key)
      return { key, text: 'hf_dev_invented_key_shown_once' }
    },
  ],
  [
    'DELETE',
    /^\/api\/keys\/(\w+)$/,
    ({ id }) =>
      void keys.splice(
        keys.findIndex((key) => key['id'] === id),
        1,
      ),
  ],
  [
    'GET',
    /^\/api\/audit$/,
    ({ url }) =>
      page(
        [
          {
            id: 'a1',
            at: ago(300),
            actor: { kind: 'user', id: 'u1', name: '林岚' },
            action: 'orders.reveal',
            subject: 'order:8993',
          },
        ],
        url,
      ),
  ],
  ['GET', /^\/api\/settings$/, () => ({ zone: ZONE, rawMessageDays: 30, locale: 'zh-CN' })],
  ['PATCH', /^\/api\/settings$/, () => undefined],
  [
    'GET',
    /^\/api\/status$/,
    () => ({
      version: '0.1.0',
      uptimeSeconds: 93_000,
      database: { kind: 'PostgreSQL', version: '18.4', sizeBytes: 182_000_000 },
      inbox: { pending: 3, parked: 12, oldestSeconds: 1 },
      outbox: { pending: 4, unknown: 1, dead: 0 },
    }),
  ],
]

async function answer(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local')
  if (!url.pathname.startsWith('/api/')) return next()
  if (url.pathname === '/api/orders/stream') return stream(request, response)
  try {
    if (process.env['MOCK'] === 'down' && url.pathname !== '/api/session')
      throw new Refusal(503, 'platform.database_away', '数据库暂时连不上')
    const route = ROUTES.find(([method, path]) => method === request.method && path.test(url.pathname))
    if (!route) throw new Refusal(404, 'http.no_route', `${request.method} ${url.pathname}`)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const out = route[2]({
      url,
      body: text ? JSON.parse(text) : {},
      id: route[1].exec(url.pathname)?.[1] ?? '',
    })
    response.setHeader('content-type', 'application/json')
    if (out === undefined) response.statusCode = 204
    response.end(out === undefined ? undefined : JSON.stringify(out))
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, 'http.bug', String(error))
    response.statusCode = refusal.status
    response.setHeader('content-type', 'application/problem+json')
    response.end(
      JSON.stringify({
        type: `/docs/errors#${refusal.code}`,
        title: refusal.code,
        status: refusal.status,
        code: refusal.code,
        detail: refusal.message,
      }),
    )
  }
}

/** Every two seconds one order moves on; every sixth time a new one comes in. */
function stream(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write('retry: 3000\n\n')
  let tick = 0
  const timer = setInterval(() => {
    if (orders.length === 0) return
    if (++tick % 6 === 0)
      orders.unshift({
        ...(inventOrder(0, 1) as Order),
        id: String(9000 + tick + Math.floor(random() * 1e6)),
        placedAt: Temporal.Now.instant().toString({ timeZone: ZONE, fractionalSecondDigits: 3 }),
      })
    const moved = tick % 6 === 0 ? orders[0] : oneOf(orders.slice(0, 30))
    if (!moved) return
    if (moved.status === 'awaiting_shipment') Object.assign(moved, { status: 'shipped' })
    response.write(
      `event: order\ndata: ${JSON.stringify({ id: moved.id, orderNo: moved.orderNo, status: moved.status, updatedAt: moved.updatedAt })}\n\n`,
    )
    response.write('event: tally\ndata: {}\n\n')
  }, 2_000)
  request.on('close', () => clearInterval(timer))
}
