import { Type } from 'typebox'
import { type Demand, LOCK_TIMEOUT, NOT_AVAILABLE, type StockLevel } from '#domain/stock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { formatInstant } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import { problemBody, sendProblem, sendRefusal } from '#platform/http/problem.ts'
import { problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { mayEnterShop, oneShop, shopDenied } from '#platform/http/shops.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import { shortOf } from '../apply-stock.ts'
import type { Answered, LockCommand, StockCommand } from '../commands.ts'
import type { KeptHold } from '../core/ledger.ts'
import type { StockEngine } from '../engine.ts'
import { DEADLINE_MS } from '../postgres-engine.ts'
import { readHolds, readLevelsOfSkus } from '../store.ts'
import { AvailableJson, EndBody, HoldJson, LockBody, RenewBody, ResultsJson } from './schemas.ts'

export type LockRoutesDeps = {
  readonly sql: Sql
  readonly engine: StockEngine
  readonly zone: () => string
  /** Seconds that a lock lasts unless its caller says. */
  readonly ttlSeconds: number
  /** Lines with bundles taken apart; the very same array where there is none among them. */
  readonly explode: (lines: readonly Demand[]) => Promise<readonly Demand[]>
}

const LOCK = { scope: 'stock:lock', shops: 'narrowed' } as const
const tags = ['stock']
const SKUS_MOST = 200
/** For the look at whether a SKU is a bundle, however little time is left. */
const LOOK_LEAST_MS = 20

/** The locking API for programs: lock, commit, release, renew, and what is available. */
export function lockRoutes(app: HttpApp, deps: LockRoutesDeps): void {
  availableRoute(app, deps)
  lockRoute(app, deps)
  endRoutes(app, deps)
  renewRoute(app, deps)
  holdRoute(app, deps)
}

function availableRoute(app: HttpApp, { sql, engine }: LockRoutesDeps): void {
  app.get(
    '/stock/available',
    {
      // Goods belong to warehouses; what may be drawn of a channel's quota is not told here.
      config: { scope: 'stock:read', shops: 'apart' },
      schema: {
        tags,
        summary: 'What is available of these SKUs, in one warehouse, several, or all',
        querystring: Type.Object({
          sku: Type.String({
            minLength: 1,
            maxLength: 20_000,
            description: `comma separated, ${SKUS_MOST} at most`,
          }),
          warehouse: Type.Optional(
            Type.String({ maxLength: 2_000, description: 'comma separated; all unless given' }),
          ),
        }),
        response: { 200: AvailableJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const skus = words(request.query.sku)
      const warehouses = words(request.query.warehouse ?? '')
      if (skus.length === 0 || skus.length > SKUS_MOST)
        return sendRefusal(reply, { code: 'stock.too_many_skus', detail: `name 1 to ${SKUS_MOST} SKUs` })
      if (warehouses.length === 0)
        return { items: (await readLevelsOfSkus(sql, skus)).map(({ level }) => availableJson(level)) }
      const places = skus.flatMap((sku) => warehouses.map((warehouse) => ({ sku, warehouse })))
      const levels = new Map(
        (await engine.levels(places)).map((level) => [`${level.sku}\n${level.warehouse}`, level]),
      )
      return {
        items: places.map((place) => {
          const level = levels.get(`${place.sku}\n${place.warehouse}`)
          return level === undefined ? { ...nothingAt(place), known: false } : availableJson(level)
        }),
      }
    },
  )
}

function words(text: string): string[] {
  return [...new Set(text.split(',').map((word) => word.trim()))].filter((word) => word !== '')
}

function availableJson(level: StockLevel) {
  const { sku, warehouse, physical, locked, reserved, inTransit, safety, available, active } = level
  const without = physical - locked - reserved
  return {
    sku,
    warehouse,
    physical,
    locked,
    reserved,
    inTransit,
    safety,
    available,
    availableWithTransit: without + inTransit,
    availableWithoutTransit: without,
    // What a closed warehouse has is there, and nobody can lock it.
    sellable: active ? Math.max(0, available - safety) : 0,
    known: true,
  }
}

function nothingAt(place: { readonly sku: string; readonly warehouse: string }) {
  const none = { physical: 0, locked: 0, reserved: 0, inTransit: 0, safety: 0 }
  return { ...place, ...none, available: 0, availableWithTransit: 0, availableWithoutTransit: 0, sellable: 0 }
}

function lockRoute(app: HttpApp, deps: LockRoutesDeps): void {
  app.post(
    '/stock/lock/batch',
    {
      config: LOCK,
      schema: {
        tags,
        summary: 'Locks stock for orders: all lines of an order or none, each order by itself',
        description:
          'Answers 200 when at least one order was locked, 409 when none was for want of stock, 504 when none was decided in time; the results are the same in all cases.',
        body: LockBody,
        response: { 200: ResultsJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orders, timeoutMs = DEADLINE_MS } = request.body
      const caller = actorOf(request)
      const actor = caller.name
      const channels = orders.map((order) => oneShop(caller, order.channel ?? null))
      const denied = channels.find((channel) => !channel.ok)
      if (denied?.ok === false) return sendRefusal(reply, denied.refusal)
      const commands = orders.map(
        (order, i): LockCommand => ({
          do: 'lock',
          key: order.key,
          kind: 'lock',
          owner: { kind: 'api', id: order.orderNo ?? order.key, reference: order.orderNo ?? order.key },
          channel: channelOf(channels[i]),
          lines: order.lines.map(({ sku, quantity, warehouse = null }) => ({ sku, quantity, warehouse })),
          candidates: order.warehouses ?? [],
          spread: order.spread ?? 'lines',
          drawSafety: order.drawSafety ?? false,
          reason: order.reason ?? 'lock API',
          actor,
          ttlSeconds: order.ttlSeconds ?? deps.ttlSeconds,
          onDeadline: order.onDeadline ?? 'ask',
        }),
      )
      const startedAt = performance.now()
      const first = await deps.engine.askAll(commands, { deadlineMs: timeoutMs })
      const answers = await withBundles(deps, commands, first, () =>
        Math.floor(timeoutMs - (performance.now() - startedAt)),
      )
      return answerAll(reply, commands, answers, deps.zone())
    },
  )
}

function channelOf(channel: ReturnType<typeof oneShop> | undefined): string | null {
  return channel?.ok === true ? channel.value : null
}

/** Who is confined ends and renews only what was locked for their shops; a key that nobody has is refused alike. */
async function deniedHolds(sql: Sql, actor: Actor, keys: readonly string[]): Promise<Refused | null> {
  if (actor.shops === null) return null
  const holds = await readHolds(sql, keys)
  const mine = new Set(holds.filter((hold) => mayEnterShop(actor, hold.channel)).map((hold) => hold.key))
  return keys.every((key) => mine.has(key)) ? null : shopDenied()
}

/** A bundle without goods of its own is locked by its parts. Nothing is looked up for orders that went well. */
async function withBundles(
  deps: LockRoutesDeps,
  commands: readonly LockCommand[],
  answers: readonly Answered[],
  leftMs: () => number,
): Promise<readonly Answered[]> {
  if (answers.every((one) => one.ok)) return answers
  return await Promise.all(
    answers.map(async (answer, i) => {
      const command = commands[i] as LockCommand
      if (answer.ok || ![NOT_AVAILABLE, 'stock.key_reused'].includes(answer.refusal.code)) return answer
      // Without an answer here nothing is known of this order, while the others of the call have theirs.
      const lines = await answersWithin(deps.explode(command.lines), Math.max(LOOK_LEAST_MS, leftMs())).catch(
        (error: unknown) => {
          if (error instanceof Outage) return null
          throw error
        },
      )
      if (lines === command.lines) return answer
      if (lines === null || leftMs() < 1)
        return refuse(LOCK_TIMEOUT, 'its bundles were not read in time; ask again with the same key')
      return await deps.engine.ask({ ...command, lines }, { deadlineMs: leftMs() })
    }),
  )
}

function endRoutes(app: HttpApp, { sql, engine, zone }: LockRoutesDeps): void {
  const verbs = [
    ['commit', 'The goods left: held and physical stock go down together'],
    ['release', 'Gives held goods back; what has ended already is left as it is'],
  ] as const
  for (const [verb, summary] of verbs)
    app.post(
      `/stock/lock/${verb}`,
      {
        config: LOCK,
        schema: { tags, summary, body: EndBody, response: { 200: ResultsJson, ...problemResponses } },
      },
      async (request, reply) => {
        const { items, timeoutMs = DEADLINE_MS } = request.body
        const denied = await deniedHolds(sql, actorOf(request), keysOf(items))
        if (denied !== null) return sendRefusal(reply, denied.refusal)
        const actor = actorOf(request).name
        const bare = items.find((item) => item.lines !== undefined && item.requestKey === undefined)
        if (bare !== undefined)
          return sendRefusal(reply, {
            code: 'stock.request_key_missing',
            detail: `${bare.key}: a part needs a requestKey, so that it takes effect once`,
          })
        const commands = items.map(
          ({ key, lines, requestKey, reason = 'lock API' }): StockCommand => ({
            do: verb,
            key,
            ...(lines === undefined ? {} : { lines, onceKey: canonicalJson([verb, key, requestKey ?? '']) }),
            reason,
            actor,
          }),
        )
        return answerAll(reply, items, await engine.askAll(commands, { deadlineMs: timeoutMs }), zone())
      },
    )
}

const keysOf = (items: readonly { readonly key: string }[]): string[] => items.map((item) => item.key)

function renewRoute(app: HttpApp, { sql, engine, zone, ttlSeconds }: LockRoutesDeps): void {
  app.post(
    '/stock/lock/renew',
    {
      config: LOCK,
      schema: {
        tags,
        summary: 'The heartbeat of a living lock: moves its deadline on',
        body: RenewBody,
        response: { 200: ResultsJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { items, timeoutMs = DEADLINE_MS } = request.body
      const denied = await deniedHolds(sql, actorOf(request), keysOf(items))
      if (denied !== null) return sendRefusal(reply, denied.refusal)
      const commands = items.map(
        (item): StockCommand => ({
          do: 'renew',
          key: item.key,
          ttlSeconds: item.ttlSeconds ?? ttlSeconds,
        }),
      )
      return answerAll(reply, items, await engine.askAll(commands, { deadlineMs: timeoutMs }), zone())
    },
  )
}

function holdRoute(app: HttpApp, { sql, zone }: LockRoutesDeps): void {
  app.get(
    '/stock/lock/:key',
    {
      config: { scope: 'stock:read', shops: 'narrowed' },
      schema: {
        tags,
        summary: 'A hold by its key',
        params: Type.Object({ key: Type.String({ maxLength: 200 }) }),
        response: { 200: HoldJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const denied = await deniedHolds(sql, actorOf(request), [request.params.key])
      if (denied !== null) return sendRefusal(reply, denied.refusal)
      const [hold] = await readHolds(sql, [request.params.key])
      if (hold === undefined)
        return sendRefusal(reply, { code: 'stock.hold_not_found', detail: 'there is no hold with this key' })
      return holdJson(hold, zone())
    },
  )
}

type Reply = Parameters<typeof sendRefusal>[0]

function answerAll(
  reply: Reply,
  asked: readonly { readonly key: string }[],
  answers: readonly Answered[],
  zone: string,
) {
  const results = answers.map((answer, i) => resultJson(asked[i]?.key ?? '', answer, zone))
  const done = results.filter((one) => one.outcome === 'done').length
  const body = { done, refused: results.length - done, results }
  const refused = answers.find((one) => !one.ok)
  if (done > 0 || refused === undefined || refused.ok) return body
  return sendProblem(reply, {
    ...problemBody(refused.refusal, statusOfNone(refused.refusal.code)),
    data: body,
  })
}

function statusOfNone(code: string): number | undefined {
  if (code === NOT_AVAILABLE) return 409
  if (code === LOCK_TIMEOUT || code === 'stock.answer_late') return 504
  return undefined
}

function resultJson(key: string, answer: Answered, zone: string) {
  if (!answer.ok) {
    const { code, detail } = answer.refusal
    const short = shortOf(answer).map((one) => ({ ...one, elsewhere: [...one.elsewhere] }))
    return { key, outcome: 'refused' as const, repeated: false, code, detail, short, hold: null }
  }
  const { value } = answer
  return {
    key,
    outcome: 'done' as const,
    repeated: 'isRepeat' in value && value.isRepeat,
    code: null,
    detail: null,
    short: [],
    hold: 'hold' in value ? holdJson(value.hold, zone) : null,
  }
}

export function holdJson(hold: Omit<KeptHold, 'asked'>, zone: string) {
  const { id, key, state, owner, channel, reason, createdAt, deadlineAt, heartbeatAt, onDeadline, lines } =
    hold
  return {
    id: id.toString(),
    key,
    state,
    owner,
    channel,
    reason,
    createdAt: formatInstant(createdAt, zone),
    deadlineAt: formatInstant(deadlineAt, zone),
    heartbeatAt: formatInstant(heartbeatAt, zone),
    onDeadline,
    lines: lines.map(({ sku, warehouse, quantity, open, committed }) => ({
      sku,
      warehouse,
      quantity,
      open,
      committed,
    })),
  }
}
