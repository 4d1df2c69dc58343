import type { Words } from '#domain/notice.ts'
import { type Refused, refuse } from '#kernel/result.ts'
import type { SourceModel } from './model.ts'

export type Lack = {
  readonly sku: string
  readonly needed: number
  /** At the warehouses that may send it, together. */
  readonly free: number
  readonly missing: number
  readonly warehouses: readonly { readonly warehouse: string; readonly free: number }[]
}

/**
 * Says what keeps the goods from leaving: SKUs of which there is not enough; where there is enough of each, the goods that have to leave
 * together and no warehouse has together. `short` is per SKU what was wanted, what could be had and where.
 */
export function shortOf(model: SourceModel): Refused {
  const lacks = lacksOf(model)
  const groups = groupsOf(model)
  const missing = lacks.filter((lack) => lack.missing > 0)
  const short =
    missing.length > 0
      ? missing.map(({ sku, needed, free, warehouses }) => ({
          sku,
          wanted: needed,
          had: free,
          elsewhere: elsewhere(warehouses),
        }))
      : apart(groups, lacks)
  const words = wordsOf(missing, groups)
  return refuse('sourcing.short', words.en, {
    words,
    short,
    skus: lacks,
    groups,
    out: model.out,
    spread: model.ask.spread,
  })
}

function elsewhere(warehouses: Lack['warehouses']) {
  return warehouses.map(({ warehouse, free }) => ({ warehouse, pieces: free }))
}

/** Enough of each, not together: what the warehouse that comes closest lacks. */
function apart(groups: ReturnType<typeof groupsOf>, lacks: readonly Lack[]) {
  const wanted = new Map<string, { wanted: number; had: number }>()
  for (const { nearest } of groups)
    for (const { sku, quantity, needed } of nearest?.missing ?? []) {
      const sum = wanted.get(sku) ?? { wanted: 0, had: 0 }
      wanted.set(sku, { wanted: sum.wanted + needed, had: sum.had + needed - quantity })
    }
  return [...wanted].map(([sku, sums]) => ({
    sku,
    ...sums,
    elsewhere: elsewhere(lacks.find((lack) => lack.sku === sku)?.warehouses ?? []),
  }))
}

function wordsOf(missing: readonly Lack[], groups: ReturnType<typeof groupsOf>): Words {
  const [first] = missing
  if (first !== undefined) {
    const more = missing.length - 1
    return {
      zh: `${first.sku} 缺 ${first.missing} 件${more > 0 ? `，另有 ${more} 种商品也缺` : ''}`,
      en: `${first.missing} of ${first.sku} are missing${more > 0 ? `, and ${more} more SKUs` : ''}`,
    }
  }
  const nearest = groups[0]?.nearest
  if (nearest === undefined || nearest === null)
    return {
      zh: '每种商品都够，但按跨仓和绑定的要求没有仓库能发',
      en: 'there is enough of each SKU, but not where the goods may leave together',
    }
  const lacks = nearest.missing.map(({ sku, quantity }) => `${sku} ×${quantity}`).join('、')
  return {
    zh: `要一起发的商品不在同一个仓：最接近的 ${nearest.warehouse} 缺 ${lacks}`,
    en: `goods that leave together are not in one warehouse: ${nearest.warehouse} comes closest and lacks ${lacks}`,
  }
}

function lacksOf({ atoms, places, ask }: SourceModel): Lack[] {
  const needs = new Map<string, number>()
  for (const { demand, soft } of atoms)
    if (!soft) for (const [sku, quantity] of demand) needs.set(sku, (needs.get(sku) ?? 0) + quantity)
  return [...needs]
    .map(([sku, needed]): Lack => {
      const warehouses = places
        .map(({ code }) => ({ warehouse: code, free: Math.max(0, ask.free?.get(`${sku}\n${code}`) ?? 0) }))
        .filter(({ free }) => free > 0)
      const free = warehouses.reduce((sum, one) => sum + one.free, 0)
      return { sku, needed, free, missing: ask.free === null ? 0 : Math.max(0, needed - free), warehouses }
    })
    .toSorted((a, b) => b.missing - a.missing || (a.sku < b.sku ? -1 : 1))
}

/** Goods that no warehouse has together, with the one that lacks least. */
function groupsOf({ atoms, places, ask }: SourceModel) {
  return atoms
    .filter(({ soft, options }) => !soft && options.length === 0)
    .map(({ demand, units }) => {
      const nearest = places
        .map(({ code }) => {
          const missing = demand.flatMap(([sku, quantity]) => {
            const lack = quantity - Math.max(0, ask.free?.get(`${sku}\n${code}`) ?? 0)
            return lack > 0 ? [{ sku, quantity: lack, needed: quantity }] : []
          })
          return { warehouse: code, missing, lack: missing.reduce((sum, one) => sum + one.quantity, 0) }
        })
        .toSorted((a, b) => a.lack - b.lack)[0]
      return {
        units: units.map(({ unit }) => unit),
        skus: demand.map(([sku]) => sku),
        nearest: nearest === undefined ? null : { warehouse: nearest.warehouse, missing: nearest.missing },
      }
    })
}
