import type { SimOrder } from '../platform.ts'
import type { Entry, Mischief } from './book.ts'
import { contentHash, type Life, readPast } from './ledger.ts'
import type { Stage } from './stage.ts'

// Both sides of the comparison as plain data: what the world's book says, and what the hub's database and API say.

/** A message as its sender knows it. */
export type SentMessage = {
  readonly kind: string
  readonly id: string
  /** The id that its sender gives each delivery beside the body, where he gives one. */
  readonly deliveryId: string | null
  /** Hashes of the bodies under which it was sent; most senders repeat the same bytes. */
  readonly shas: readonly string[]
  readonly acknowledged: boolean
  readonly attempts: number
  readonly refused: number
  readonly unanswered: number
}
export type Impostor = {
  readonly kind: string
  readonly id: string
  readonly how: Mischief | 'wrong_key'
  readonly sha: string
  readonly acknowledged: boolean
}
export type InboxRow = {
  readonly kind: string
  readonly id: string
  readonly verdict: string
  readonly sha: string
  readonly dedupKey: string
}
export type HubOrder = {
  readonly status: string
  readonly report: string
  readonly payable: { readonly currency: string; readonly amount: string } | null
  readonly placedAt: string | null
  readonly paidAt: string | null
  readonly trackingNos: readonly string[]
  readonly lines: readonly {
    readonly shopSku: string
    readonly title: string
    readonly quantity: number
    readonly unitPrice: { readonly currency: string; readonly amount: string }
  }[]
}
export type Notice = {
  readonly id: string
  readonly sha: string
  readonly rule: string
  readonly title: string
  /** Sent past a database that took no alarm. */
  readonly direct: boolean
}
export type Accounts = {
  readonly messages: readonly SentMessage[]
  readonly impostors: readonly Impostor[]
  readonly inbox: readonly InboxRow[]
  readonly orders: readonly { readonly life: Life; readonly book: SimOrder; readonly hub: HubOrder | null }[]
  /** Orders of the hub that no shop of the world ever had. */
  readonly unknownOrders: readonly string[]
  readonly notices: readonly Notice[]
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly direct: boolean }[]
  /** Ids of notices that had come when the hub's own list was read to its end. */
  readonly arrivedByTheEnd: ReadonlySet<string>
  readonly intents: readonly { readonly key: string; readonly state: string; readonly words: string }[]
  readonly parked: readonly { readonly code: string; readonly words: string; readonly count: number }[]
  readonly failedJobs: readonly string[]
  readonly receipts: Readonly<Record<string, number>>
  /** Connection and topic of merges that found the same key with another body. */
  readonly conflicts: readonly string[]
  readonly alarms: readonly { readonly rule: string; readonly state: string }[]
  readonly apiCalls: Readonly<Record<string, number>>
}

export async function readAccounts(stage: Stage, readEntries: () => readonly Entry[]): Promise<Accounts> {
  const world = readWorld(readEntries())
  const hub = await readHub(stage, world.lives, world.books)
  // The hub goes on telling while it is looked at: what came in between is no contradiction.
  const arrived = new Set(readWorld(readEntries()).notices.map((one) => one.id))
  return { ...world, ...hub, arrivedByTheEnd: arrived }
}

type WorldSide = Pick<Accounts, 'messages' | 'impostors' | 'notices' | 'apiCalls'> & {
  readonly lives: ReadonlyMap<string, Life>
  readonly books: ReadonlyMap<string, SimOrder>
}

/** What the book says, without asking anybody. */
export function readWorld(entries: readonly Entry[]): WorldSide {
  const past = readPast(entries)
  const messages = new Map<string, { -readonly [Name in keyof SentMessage]: SentMessage[Name] }>()
  const impostors: Impostor[] = []
  const notices: Notice[] = []
  const apiCalls: Record<string, number> = {}
  for (const entry of entries) {
    if (entry.t === 'message')
      messages.set(entry.id, {
        kind: entry.kind,
        id: entry.id,
        deliveryId: entry.headers['X-Shopify-Webhook-Id'] ?? null,
        shas: [entry.sha],
        acknowledged: false,
        attempts: 0,
        refused: 0,
        unanswered: 0,
      })
    else if (entry.t === 'attempt' && entry.forged) impostors.push({ ...entry, how: 'wrong_key' })
    else if (entry.t === 'attempt') {
      const message = messages.get(entry.id)
      if (message === undefined) continue
      message.attempts += 1
      if (entry.status === null) message.unanswered += 1
      else if (!entry.acknowledged) message.refused += 1
      if (entry.acknowledged) message.acknowledged = true
      if (!message.shas.includes(entry.sha)) message.shas = [...message.shas, entry.sha]
    } else if (entry.t === 'mischief') impostors.push(entry)
    else if (entry.t === 'notice') notices.push(noticeOf(entry))
    else if (entry.t === 'call') apiCalls[entry.fault] = (apiCalls[entry.fault] ?? 0) + 1
  }
  const books = new Map([...past.orders.values()].flatMap((orders) => [...orders]))
  return { messages: [...messages.values()], impostors, notices, apiCalls, lives: past.lives, books }
}

function noticeOf({ id, sha, body }: { id: string; sha: string; body: string }): Notice {
  type Data = { rule?: string; title?: string; details?: { alarms?: { id: string }[] } }
  const { data } = JSON.parse(body) as { data?: Data }
  const alarms = data?.details?.alarms ?? []
  // What is told past the database has no row to be named by.
  const direct = alarms.length > 0 && alarms.every(({ id }) => id === '0')
  return { id, sha, rule: data?.rule ?? '', title: data?.title ?? '', direct }
}

type HubSide = Omit<Accounts, 'arrivedByTheEnd' | 'messages' | 'impostors' | 'notices' | 'apiCalls'>

async function readHub(
  stage: Stage,
  lives: ReadonlyMap<string, Life>,
  books: ReadonlyMap<string, SimOrder>,
): Promise<HubSide> {
  const { sql } = stage.database
  const kindOf = new Map(Object.entries(stage.connections).map(([kind, id]) => [id, kind]))
  const inbox = await sql<{
    id: bigint
    connection_id: string
    verdict: string
    sha: string
    dedup_key: string
  }>`
    select id, connection_id, verdict, encode(sha256(body), 'hex') as sha, dedup_key
    from inbox_message where transport = 'http' order by id`
  // Only here is the body itself needed: who counts in it is compared without the count.
  const counted = await sql<{ id: bigint; body: Buffer }>`
    select id, body from inbox_message where verdict = 'accepted' and transport = 'http'
      and connection_id = ${stage.connections.youzan ?? ''}`
  const contents = new Map(counted.map((row) => [row.id, contentHash('youzan', row.body.toString('utf8'))]))
  const rows = await sql<{ id: bigint; order_no: string }>`
    select id, order_no from sales_order where connection_id <> ${stage.connections.rabbitmq ?? ''}`
  const found = new Map(rows.map((row) => [row.order_no, row.id]))
  const orders: { life: Life; book: SimOrder; hub: HubOrder | null }[] = []
  for (const life of lives.values()) {
    const book = books.get(life.orderNo)
    const id = found.get(life.orderNo)
    if (book === undefined) continue
    orders.push({ life, book, hub: id === undefined ? null : await readOrder(stage, id) })
  }
  return {
    inbox: inbox.map(({ id, connection_id: connection, verdict, sha, dedup_key: dedupKey }) => ({
      kind: kindOf.get(connection) ?? connection,
      id: String(id),
      verdict,
      sha: contents.get(id) ?? sha,
      dedupKey,
    })),
    orders,
    unknownOrders: [...found.keys()].filter((orderNo) => !books.has(orderNo)),
    ...(await readRest(stage)),
  }
}

async function readOrder({ call }: Stage, id: bigint): Promise<HubOrder | null> {
  const { status, body } = await call('GET', `/api/orders/${id}`)
  return status === 200 ? (body as HubOrder) : null
}

type Rest = Pick<
  HubSide,
  'deliveries' | 'intents' | 'parked' | 'failedJobs' | 'receipts' | 'conflicts' | 'alarms'
>

async function readRest({ database }: Stage): Promise<Rest> {
  const { sql } = database
  const deliveries = await sql<{ id: string; state: string; direct: boolean }>`
    select notice_id::text as id, state, direct from alarm_delivery order by alarm_delivery.id`
  const intents = await sql<{ key: string; state: string; words: string | null }>`
    select key, state, concat_ws(' ', last_code, last_detail) as words from outbox_intent order by id`
  const parked = await sql<{ code: string | null; words: string | null; count: bigint }>`
    select park_code as code, min(park_detail) as words, count(*) as count from inbox_task where state = 'parked' group by 1`
  const jobs = await sql<{ words: string }>`
    select concat_ws(' ', kind, error) as words from job where state = 'failed'`
  const receipts = await sql<{ outcome: string; count: bigint }>`
    select outcome, count(*) as count from spool_receipt group by 1`
  const conflicts = await sql<{ words: string }>`
    select connection_id || ' ' || topic || ' ' || coalesce(message_id, '') || ' / ' || coalesce(own_message_id, '') as words
    from spool_receipt where outcome = 'conflict' and decision is null order by id`
  const alarms = await sql<{ rule: string; state: string }>`select rule, state from alarm order by id`
  return {
    deliveries,
    intents: intents.map((one) => ({ ...one, words: one.words ?? '' })),
    parked: parked.map(({ code, words, count }) => ({
      code: code ?? '',
      words: words ?? '',
      count: Number(count),
    })),
    failedJobs: jobs.map((one) => one.words),
    receipts: Object.fromEntries(receipts.map((row) => [row.outcome, Number(row.count)])),
    conflicts: conflicts.map((one) => one.words),
    alarms,
  }
}
