import { Type } from 'typebox'
import type { Check, CheckResult } from '#domain/check.ts'
import { checkLedger, explainRepair } from '#features/stock/index.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import type { Core } from './hub.ts'
import { rulebookChecksOf } from './rulebook.ts'

/** Everything that the doctor looks at. A feature adds its own line here. */
export function doctorChecks(core: Core): readonly Check[] {
  const { database, clock, stockParts } = core
  const { db } = database
  return [
    ...rulebookChecksOf(core),
    {
      name: 'stock.ledger',
      title: { zh: '库存账：计数等于占用明细之和', en: 'Stock ledger: counters are the sum of their holds' },
      run: async () => {
        const { faults, levels, holds } = await checkLedger({ db, clock })
        const [first] = faults
        if (first === undefined)
          return fine(
            `${levels} 个库存、${holds} 笔占用，全部平衡`,
            `${levels} levels, ${holds} holds, all in balance`,
          )
        return {
          outcome: 'failed',
          words: {
            zh: `${faults.length} 处不平，例如：${explainRepair(first).zh}`,
            en: `${faults.length} do not balance, e.g. ${explainRepair(first).en}`,
          },
          remedy: {
            zh: '在「库存 → 账目核对」看清楚后一键修复',
            en: 'look at Stock, ledger check, and repair there',
          },
        }
      },
    },
    {
      name: 'stock.engine',
      title: { zh: '锁库引擎', en: 'Lock engine' },
      run: async () => {
        const gate = stockParts.gate
        const startedAt = performance.now()
        await stockParts.stock.levels([{ sku: 'doctor', warehouse: 'doctor' }])
        const ms = Math.round(performance.now() - startedAt)
        if (gate === null) return fine(`PostgreSQL，读取 ${ms} 毫秒`, `PostgreSQL, a read takes ${ms} ms`)
        const { state, reason } = gate.status()
        if (state === 'ready')
          return fine(`Redis + PostgreSQL，读取 ${ms} 毫秒`, `Redis and PostgreSQL, a read takes ${ms} ms`)
        return {
          outcome: 'warning',
          words: {
            zh: `Redis 不可用（${reason ?? state}），由 PostgreSQL 独自锁库`,
            en: `Redis is not in use (${reason ?? state}); PostgreSQL locks alone`,
          },
          remedy: { zh: '查看 docs/operations/redis.md', en: 'see docs/operations/redis.md' },
        }
      },
    },
  ]
}

function fine(zh: string, en: string): CheckResult {
  return { outcome: 'ok', words: { zh, en }, remedy: null }
}

const WITHIN_MS = 8_000
const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
const FoundJson = Type.Object({
  name: Type.String(),
  title: WordsJson,
  outcome: oneOf(['ok', 'warning', 'failed']),
  words: WordsJson,
  remedy: nullable(WordsJson),
  tookMs: Type.Integer(),
})
export type Found = Pick<Check, 'name' | 'title'> & CheckResult & { readonly tookMs: number }

/** Runs every check at once, each for eight seconds at most. */
export async function runDoctor(checks: readonly Check[]): Promise<readonly Found[]> {
  return await Promise.all(
    checks.map(async ({ name, title, run }) => {
      const startedAt = performance.now()
      const result = await answersWithin(run(), WITHIN_MS).catch(notLooked)
      return { name, title, ...result, tookMs: Math.round(performance.now() - startedAt) }
    }),
  )
}

function notLooked(error: unknown): CheckResult {
  const words = error instanceof Error ? error.message : String(error)
  return {
    outcome: 'failed',
    words: { zh: `没有查成：${words}`, en: `could not be looked at: ${words}` },
    remedy: {
      zh: '先看数据库是否正常（holdfast status）',
      en: 'see first whether the database answers (holdfast status)',
    },
  }
}

export function doctorRoutes(app: HttpApp, core: Core): void {
  app.get(
    '/api/doctor',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags: ['system'],
        summary: 'Runs every check of the hub and says what to do first',
        response: { 200: Type.Object({ checks: Type.Array(FoundJson) }), ...problemResponses },
      },
    },
    async () => ({ checks: [...(await runDoctor(doctorChecks(core)))] }),
  )
}
