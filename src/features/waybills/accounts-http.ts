import { Type } from 'typebox'
import { CARRIERS } from '#domain/carrier.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { type AccountInput, editAccount, editSender, shownSettings } from './accounts.ts'
import { unblockAccount } from './change-waybills.ts'
import { inTx, type WaybillRoutesDeps } from './http.ts'
import { readAccountUse } from './list/store.ts'
import { accountOf } from './read-accounts.ts'
import { AccountBody, AccountJson, MakersJson, SenderBody, SenderJson } from './schemas.ts'
import { readAccounts, readSenders, type SenderRow } from './store.ts'

const tags = ['waybills']
const read = { scope: 'parcels:read' } as const
const write = { scope: 'parcels:write' } as const
const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const Accounts = Type.Object({ items: Type.Array(AccountJson) })
const Saved = Type.Object({ id: Type.String() })

/** Accounts that make waybills, and who sends from each warehouse. */
export function accountRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  readRoutes(app, deps)
  editRoutes(app, deps)
  senderRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  app.get(
    '/api/carrier-accounts',
    {
      config: read,
      schema: {
        tags,
        summary: 'Accounts that make waybills, by priority',
        response: { 200: Accounts, ...problemResponses },
      },
    },
    async () => ({ items: await shownAccounts(deps) }),
  )
  app.get(
    '/api/carrier-accounts/makers',
    {
      config: read,
      schema: {
        tags,
        summary: 'Connections that make waybills, and what an account of theirs needs',
        response: { 200: MakersJson, ...problemResponses },
      },
    },
    async () => ({
      items: deps.connections().flatMap(({ id, name }) => {
        const connector = deps.find(id)?.connector
        const terms = connector?.waybill
        if (connector === undefined || terms === undefined) return []
        return [
          {
            connectionId: id,
            connectionName: name,
            kind: connector.kind,
            carriers: (connector.carriers ?? []).map((code) => ({ code, name: CARRIERS[code] })),
            numbers: terms.numbers,
            piecesMost: terms.piecesMost,
            opens: [...terms.opens],
            services: terms.services.map(({ code, zh, en }) => ({ code, zh, en })),
            fields: terms.accountFields.map((field) => ({
              name: field.name,
              zh: field.zh,
              en: field.en,
              secret: field.secret,
              required: field.required,
              default: field.default ?? null,
              options: field.options === undefined ? null : [...field.options],
              hint: field.hint === undefined ? null : { ...field.hint },
            })),
          },
        ]
      }),
    }),
  )
}

async function shownAccounts(deps: WaybillRoutesDeps) {
  const { db, zone, clock } = deps
  const rows = await readAccounts(db)
  const pools = await deps.pools(db)
  const since = clock.now().toZonedDateTimeISO(zone()).startOfDay().toInstant()
  const use = await readAccountUse(db, since)
  return rows.map((row) => {
    const connector = deps.find(row.connection_id)?.connector
    const pool = pools.get(row.id.toString())
    return {
      id: row.id.toString(),
      connectionId: row.connection_id,
      connectionName: row.connection_name,
      connectorKind: connector?.kind ?? null,
      carrier: row.carrier,
      name: row.name,
      service: row.service,
      settings: shownSettings(deps, row, connector),
      warehouses: [...row.warehouses],
      priority: row.priority,
      mode: row.mode,
      active: row.active,
      isAway: accountOf(row, deps).isAway,
      numbers: connector?.waybill?.numbers ?? null,
      blockedCode: row.blocked_code,
      blockedAt: row.blocked_at === null ? null : formatInstant(row.blocked_at, zone()),
      left: pool?.left ?? null,
      isLow: pool?.isLow ?? false,
      issuedToday: Number(use.get(row.id)?.issued ?? 0n),
      refusedToday: Number(use.get(row.id)?.refused ?? 0n),
      updatedBy: row.updated_by,
      updatedAt: formatInstant(row.updated_at, zone()),
    }
  })
}

function editRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  const answers = { 200: Saved, ...problemResponses }
  const save = async (id: bigint | null, input: AccountInput, request: Parameters<typeof actorOf>[0]) => {
    const actor = actorOf(request)
    const now = deps.clock.now()
    const detail = {
      carrier: input.carrier,
      name: input.name,
      connection: input.connectionId,
      active: input.active,
    }
    const event = { action: 'waybills.account_saved', subject: id?.toString() ?? input.name, detail }
    return await inTx(deps, actor, event, (tx) =>
      editAccount(tx, deps, id, input, { actor: actor.name, now }),
    )
  }
  app.post(
    '/api/carrier-accounts',
    {
      config: write,
      schema: { tags, summary: 'Add an account', body: AccountBody, response: answers },
    },
    async (request, reply) => {
      const saved = await save(null, request.body, request)
      return saved.ok ? { id: saved.value.toString() } : sendRefusal(reply, saved.refusal)
    },
  )
  app.put(
    '/api/carrier-accounts/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change an account; an empty secret keeps the stored one',
        params: IdParams,
        body: AccountBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const saved = await save(BigInt(request.params.id), request.body, request)
      return saved.ok ? { id: saved.value.toString() } : sendRefusal(reply, saved.refusal)
    },
  )
  app.post(
    '/api/carrier-accounts/:id/resume',
    {
      config: write,
      schema: {
        tags,
        summary: 'Use an account again that the hub left alone after a refusal',
        params: IdParams,
        response: answers,
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const id = BigInt(request.params.id)
      const event = { action: 'waybills.account_resumed', subject: id.toString(), detail: {} }
      const done = await inTx(deps, actor, event, async (tx) =>
        (await readAccounts(tx)).some((one) => one.id === id)
          ? ok(await unblockAccount(tx, id, deps.clock.now()))
          : refuse('waybills.account_not_found', `there is no account ${id}`),
      )
      return done.ok ? { id: id.toString() } : sendRefusal(reply, done.refusal)
    },
  )
}

function senderRoutes(app: HttpApp, deps: WaybillRoutesDeps): void {
  const { db, zone, clock } = deps
  app.get(
    '/api/ship-from',
    {
      config: read,
      schema: {
        tags,
        summary: 'Who sends from each warehouse',
        response: { 200: Type.Object({ items: Type.Array(SenderJson) }), ...problemResponses },
      },
    },
    async () => ({ items: (await readSenders(db, null)).map((row) => senderToJson(row, zone())) }),
  )
  app.put(
    '/api/ship-from/:warehouse',
    {
      config: write,
      schema: {
        tags,
        summary: 'Set the sender of a warehouse',
        params: Type.Object({ warehouse: Type.String({ maxLength: 40 }) }),
        body: SenderBody,
        response: { 200: SenderJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const { warehouse } = request.params
      const event = { action: 'waybills.sender_saved', subject: warehouse, detail: {} }
      const done = await inTx(deps, actor, event, (tx) =>
        editSender(tx, warehouse, request.body, { actor: actor.name, now: clock.now() }),
      )
      if (!done.ok) return sendRefusal(reply, done.refusal)
      const [row] = await readSenders(db, [warehouse])
      return row === undefined
        ? sendRefusal(reply, { code: 'waybills.warehouse_not_found', detail: `${warehouse} is not active` })
        : senderToJson(row, zone())
    },
  )
}

function senderToJson(row: SenderRow, zone: string) {
  const { updatedAt, ...rest } = row
  const isComplete = [row.name, row.phone, row.address, row.province, row.city].every((text) => text !== '')
  return { ...rest, isComplete, updatedAt: updatedAt === null ? null : formatInstant(updatedAt, zone) }
}
