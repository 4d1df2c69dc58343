import type { Words } from '#domain/notice.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Cluster } from './cluster.ts'
import { type Limit, type Load, loadOf } from './measure.ts'
import { type Bin, pack } from './pack.ts'
import type { Cell, Draft } from './separate.ts'
import type { Measure } from './steps.ts'

/** More parcels of one plan are a rule gone wrong. */
export const PARCELS_MOST = 200

/**
 * Cuts a parcel by all limits at once. A hard binding is never broken: a bound set, or one piece, that is more than a limit by itself is
 * refused (`splitting.cannot_fit`) or, where the rule says so, leaves as a parcel of its own. Refused besides: `splitting.unknown_measure`,
 * `splitting.too_many_parcels`.
 */
export function applyLimits(parcel: Draft, limits: readonly Limit[]): Result<Draft[]> {
  if (limits.length === 0) return ok([parcel])
  const measured = loadOf(parcel.cells, limits)
  if (!measured.ok) return measured
  const load = measured.value
  const own: Cell[] = []
  const packed: Cell[] = []
  for (const cell of parcel.cells) {
    const over = limits.filter((limit, index) => (load(cell.cluster, 1)[index] ?? 0) > limit.most)
    const strict = over.find(({ oversize }) => oversize === 'review')
    if (strict !== undefined) return cannotFit(cell.cluster, strict, load, limits)
    if (over.length > 0) own.push(cell)
    else packed.push(cell)
  }
  const most = limits.map((limit) => limit.most)
  const bins = packed.length === 0 ? [] : pack(packed, most, load, PARCELS_MOST)
  const ownCount = own.reduce((sum, { copies }) => sum + copies, 0)
  if (bins === null || bins.length + ownCount > PARCELS_MOST)
    return refuse('splitting.too_many_parcels', `more than ${PARCELS_MOST} parcels of one plan`, {
      nodes: limits.map(({ node }) => node),
    })
  if (bins.length + ownCount === 1) return ok([parcel])
  const reasons = [
    ...parcel.reasons,
    ...limits.map(({ node, ...limit }) => ({ node, words: wordsOf(limit) })),
  ]
  const clusters = new Map(parcel.cells.map(({ cluster }) => [cluster.at, cluster]))
  const parcels = bins.map((bin): Draft => ({ ...parcel, reasons, cells: cellsOf(bin, clusters) }))
  return ok([
    ...parcels.sort((a, b) => firstAt(a) - firstAt(b) || firstCopies(b) - firstCopies(a)),
    ...own.flatMap(({ cluster, copies }) =>
      Array.from({ length: copies }, (): Draft => ({ ...parcel, reasons, cells: [{ cluster, copies: 1 }] })),
    ),
  ])
}

function cellsOf({ counts }: Bin, clusters: ReadonlyMap<number, Cluster>): Cell[] {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .flatMap(([at, copies]) => {
      const cluster = clusters.get(at)
      return cluster === undefined ? [] : [{ cluster, copies }]
    })
}
function firstAt({ cells }: Draft): number {
  return cells[0]?.cluster.at ?? 0
}
function firstCopies({ cells }: Draft): number {
  return cells[0]?.copies ?? 0
}

function cannotFit(cluster: Cluster, limit: Limit, load: Load, limits: readonly Limit[]) {
  const has = load(cluster, 1)[limits.indexOf(limit)] ?? 0
  const skus = cluster.units.map(({ sku }) => sku)
  const what = skus.length > 1 ? `${skus.join(' + ')}, bound together,` : `one piece of ${skus[0] ?? ''}`
  return refuse(
    'splitting.cannot_fit',
    `${what} has ${has} of ${limit.measure}; node ${limit.node} allows ${limit.most}`,
    { nodes: [...cluster.nodes, limit.node], skus, measure: limit.measure, has, most: limit.most },
  )
}

const MEASURE_WORDS: Readonly<Record<Measure, Words>> = {
  weight: { zh: '重量', en: 'weight' },
  volume: { zh: '体积', en: 'volume' },
  value: { zh: '金额', en: 'value' },
  pieces: { zh: '件数', en: 'pieces' },
}

function wordsOf({ measure, most }: { readonly measure: Measure; readonly most: number }): Words {
  const name = MEASURE_WORDS[measure]
  const amount = amountOf(measure, most)
  return { zh: `单包${name.zh}不超过 ${amount.zh}`, en: `${name.en} of a parcel: ${amount.en} at most` }
}

function amountOf(measure: Measure, most: number): Words {
  switch (measure) {
    case 'weight':
      return most % 100 === 0 ? same(`${most / 1000} kg`) : same(`${most} g`)
    case 'volume':
      return same(`${most} cm³`)
    case 'value':
      return same(`${Math.floor(most / 100)}.${String(most % 100).padStart(2, '0')}`)
    case 'pieces':
      return { zh: `${most} 件`, en: String(most) }
  }
}
function same(text: string): Words {
  return { zh: text, en: text }
}
