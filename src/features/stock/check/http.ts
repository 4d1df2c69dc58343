import { Type } from 'typebox'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { explainRepair } from '../core/repair.ts'
import { checkLedger, repairLedger } from './check-ledger.ts'
import { readChecks } from './store.ts'

export type LedgerRoutesDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}

const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
const CheckJson = Type.Object({
  id: Type.String(),
  at: IsoTime,
  tookMs: Type.Integer(),
  levels: Type.Integer(),
  holds: Type.Integer(),
  faults: Type.Array(WordsJson),
  repairedAt: nullable(IsoTime),
  repairedBy: nullable(Type.String()),
})
const RUNS_SHOWN = 50
const tags = ['stock']

/** The ledger's balance: the last looks at it, a look now, and the repair that explains itself. */
export function ledgerRoutes(app: HttpApp, { db, clock, zone, audit }: LedgerRoutesDeps): void {
  app.get(
    '/api/stock/ledger-checks',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: 'The last looks at the balance of the ledger; each fault with what a repair would do',
        response: { 200: Type.Object({ items: Type.Array(CheckJson) }), ...problemResponses },
      },
    },
    async () => ({
      items: (await readChecks(db, RUNS_SHOWN)).map((row) => ({
        id: row.id.toString(),
        at: formatInstant(row.at, zone()),
        tookMs: row.took_ms,
        levels: Number(row.levels),
        holds: Number(row.holds),
        faults: row.faults.map(explainRepair),
        repairedAt: row.repaired_at === null ? null : formatInstant(row.repaired_at, zone()),
        repairedBy: row.repaired_by,
      })),
    }),
  )
  app.post(
    '/api/stock/ledger-checks',
    {
      config: { scope: 'stock:write' },
      schema: {
        tags,
        summary: 'Looks at the whole ledger now; nothing is changed',
        response: {
          200: Type.Object({ levels: Type.Integer(), holds: Type.Integer(), faults: Type.Array(WordsJson) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const { levels, holds, faults } = await checkLedger({ db, clock })
      return { levels: Number(levels), holds: Number(holds), faults: faults.map(explainRepair) }
    },
  )
  app.post(
    '/api/stock/ledger-checks/repair',
    {
      config: { scope: 'stock:approve' },
      schema: {
        tags,
        summary: 'Puts counters right by what is truly held, and says what it did',
        response: {
          200: Type.Object({ changed: Type.Integer(), steps: Type.Array(WordsJson) }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const { steps, changed } = await repairLedger({ db, clock }, actor.name, (tx, repair) =>
        audit(tx, {
          actor,
          action: 'stock.ledger_repaired',
          detail: { changed: repair.changed, steps: repair.steps.slice(0, 20).map((step) => step.en) },
        }),
      )
      return { changed, steps: steps.map(({ zh, en }) => ({ zh, en })) }
    },
  )
}
