import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { ACCEPTABLE, type DecideDeps, decideFindings } from './decide-findings.ts'
import {
  countOpen,
  FINDING_KINDS,
  FINDING_STATES,
  type FindingFilter,
  type FindingRow,
  readFindingHolds,
  readFindings,
} from './store.ts'

export type FindingHttpDeps = DecideDeps & { readonly zone: () => string }

const tags = ['capture']
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const FindingJson = Type.Object(
  {
    id: Type.String(),
    kind: oneOf(FINDING_KINDS),
    state: oneOf(FINDING_STATES),
    sku: Type.String(),
    warehouse: Type.String({ description: 'for `unknown_warehouse` what the source calls it' }),
    feedId: nullable(Type.String()),
    ledger: nullable(
      Type.Integer({ description: 'physical figure of the ledger when it was last looked at' }),
    ),
    captured: nullable(Type.Integer({ description: 'what the warehouse says' })),
    reserved: Type.Integer({ description: 'pieces set aside because of it' }),
    acceptable: Type.Boolean({ description: 'whether accepting takes a figure over' }),
    evidence: Type.Unknown(),
    openedAt: IsoTime,
    endedAt: nullable(IsoTime),
    endedBy: nullable(Type.String()),
    endedWords: nullable(Type.String()),
  },
  { title: 'StockFinding' },
)
const filterFields = {
  state: Type.Optional(oneOf(FINDING_STATES)),
  kind: Type.Optional(oneOf(FINDING_KINDS)),
  warehouse: Type.Optional(Type.String({ maxLength: 100 })),
  sku: Type.Optional(Type.String({ maxLength: 100, description: 'beginning of it' })),
  feed: Type.Optional(Id),
}
/** Findings decided by one call; the rest of a filter is told, and taken by the next. */
const DECIDED_MOST = 2_000

/** The list of differences, and deciding them in bulk. */
export function findingRoutes(app: HttpApp, deps: FindingHttpDeps): void {
  app.get(
    '/api/capture/findings',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: 'Differences between warehouses and the ledger that no change explains, newest first',
        querystring: Type.Object({ ...filterFields, ...pageQuery }),
        response: { 200: pageOf(FindingJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const place = cursor === undefined ? null : decodeCursor('findings', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [openedAt, id] = place === null ? [] : place.value
      const after =
        openedAt === undefined
          ? null
          : { openedAt: Temporal.Instant.from(String(openedAt)), id: BigInt(id ?? 0) }
      const rows = await readFindings(deps.db, filterOf(asked), after, limit + 1)
      const shown = rows.slice(0, limit)
      const held = await heldBy(deps, shown)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => findingJson(row, held.get(row.id) ?? 0, deps.zone())),
        next:
          last === undefined ? null : encodeCursor('findings', [last.opened_at.toString(), String(last.id)]),
      }
    },
  )
  app.get(
    '/api/capture/findings/summary',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: 'Open differences by kind and warehouse',
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                kind: oneOf(FINDING_KINDS),
                warehouse: Type.String(),
                count: Type.Integer(),
                since: IsoTime,
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async () => ({
      items: (await countOpen(deps.db)).map(({ kind, warehouse, n, since }) => ({
        kind,
        warehouse,
        count: n,
        since: formatInstant(since, deps.zone()),
      })),
    }),
  )
  decideRoutes(app, deps)
}

function decideRoutes(app: HttpApp, deps: FindingHttpDeps): void {
  const body = (words: ReturnType<typeof Type.String> | ReturnType<typeof Type.Optional>) =>
    Type.Object(
      {
        ids: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: DECIDED_MOST })),
        filter: Type.Optional(Type.Object(filterFields, { additionalProperties: false })),
        words,
      },
      { additionalProperties: false, description: 'ids, or every open one of a filter' },
    )
  const response = {
    200: Type.Object({
      done: Type.Integer(),
      refused: Type.Array(Type.Object({ id: Type.String(), code: Type.String(), detail: Type.String() })),
      left: Type.Boolean({ description: 'more match the filter: call again' }),
    }),
    ...problemResponses,
  }
  const decisions = [
    [
      'accept',
      'The warehouse is right: the ledger becomes its figure',
      Type.Optional(Type.String({ maxLength: 500 })),
    ],
    [
      'keep',
      'The ledger is right, and why; the same difference is not asked about again',
      Type.String({ minLength: 1, maxLength: 500 }),
    ],
  ] as const
  for (const [to, summary, words] of decisions)
    app.post(
      `/api/capture/findings/${to}`,
      { config: { scope: 'stock:write' }, schema: { tags, summary, body: body(words), response } },
      async (request, reply) => {
        const given = request.body as { ids?: string[]; filter?: Asked; words?: string }
        const chosen = await chosenIds(deps, given)
        if (chosen === null)
          return sendRefusal(reply, {
            code: 'capture.nothing_chosen',
            detail: 'name ids, or a filter; not both',
          })
        const decision = { to, words: given.words ?? '' }
        const decided = await decideFindings(deps, actorOf(request), chosen.ids, decision)
        if (!decided.ok) return sendRefusal(reply, decided.refusal)
        return { done: decided.value.done, refused: [...decided.value.refused], left: chosen.left }
      },
    )
}

type Asked = {
  readonly state?: FindingFilter['state']
  readonly kind?: FindingFilter['kind']
  readonly warehouse?: string
  readonly sku?: string
  readonly feed?: string
}

function filterOf(asked: Asked): FindingFilter {
  const { state, kind, warehouse, sku, feed } = asked
  return {
    state: state ?? null,
    kind: kind ?? null,
    warehouse: warehouse ?? null,
    sku: sku === undefined || sku.trim() === '' ? null : sku.trim(),
    feed: feed === undefined ? null : BigInt(feed),
  }
}

async function chosenIds(
  deps: FindingHttpDeps,
  { ids, filter }: { readonly ids?: readonly string[]; readonly filter?: Asked },
): Promise<{ ids: bigint[]; left: boolean } | null> {
  if ((ids === undefined) === (filter === undefined)) return null
  if (ids !== undefined) return { ids: [...new Set(ids)].map(BigInt), left: false }
  const rows = await readFindings(
    deps.db,
    { ...filterOf(filter ?? {}), state: 'open' },
    null,
    DECIDED_MOST + 1,
  )
  return { ids: rows.slice(0, DECIDED_MOST).map((row) => row.id), left: rows.length > DECIDED_MOST }
}

async function heldBy(
  deps: FindingHttpDeps,
  rows: readonly FindingRow[],
): Promise<ReadonlyMap<bigint, number>> {
  const holds = await readFindingHolds(
    deps.db,
    rows.map((row) => row.id),
  )
  const held = new Map<bigint, number>()
  for (const { finding, quantity } of holds) held.set(finding, (held.get(finding) ?? 0) + quantity)
  return held
}

function findingJson(row: FindingRow, reserved: number, zone: string) {
  return {
    id: String(row.id),
    kind: row.kind,
    state: row.state,
    sku: row.sku,
    warehouse: row.warehouse,
    feedId: row.feed_id === null ? null : String(row.feed_id),
    ledger: row.ledger,
    captured: row.captured,
    reserved,
    acceptable: ACCEPTABLE.includes(row.kind),
    evidence: row.evidence,
    openedAt: formatInstant(row.opened_at, zone),
    endedAt: row.ended_at === null ? null : formatInstant(row.ended_at, zone),
    endedBy: row.ended_by,
    endedWords: row.ended_words,
  }
}
