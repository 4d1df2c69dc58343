import { NO_ROUTING } from '#domain/waybill.ts'
import { createIdentity, dropKey, makeKey, recordAudit } from '#features/identity/index.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openVault } from '#platform/vault.ts'
import type { PrintSource } from './core/source.ts'
import type { LabelDeps, Printed } from './deps.ts'
import { openCheckApart } from './fonts/check-apart.ts'

const nobody = { company: '', country: 'CN', postalCode: '' }

/** A waybill for tests and measurements: every one another number, name and address. */
export function madeSource(at: number, change: Partial<PrintSource> = {}): PrintSource {
  return {
    waybillId: BigInt(at),
    trackingNo: `SF${1_300_000_000_000 + at}`,
    childNos: [],
    carrier: 'SF',
    routing: {
      ...NO_ROUTING,
      sortCode: `0${at % 90}-A${at % 99}`,
      packageCentre: '北京顺义集散',
      product: '标快',
    },
    orderNos: [`260101-${at}`],
    channels: ['示例店铺'],
    from: {
      ...nobody,
      name: '发货部',
      phone: '02168880000',
      province: '上海市',
      city: '上海市',
      district: '青浦区',
      address: '示例路 88 号',
    },
    to: {
      ...nobody,
      name: `收件人${'甲乙丙丁戊己庚辛'[at % 8]}`,
      phone: `138${String(10_000_000 + at)}`,
      province: '北京市',
      city: '北京市',
      district: '朝阳区',
      address: `示例街道阳光花园 ${at} 号楼 1802 室`,
    },
    goods: [
      { name: '纯棉短袖 T 恤', sku: 'T-01', quantity: 2, gift: false, tags: [] },
      { name: '帆布袋', sku: 'BAG', quantity: 1, gift: true, tags: [] },
    ],
    buyerNotes: ['请放快递柜'],
    sellerNotes: [],
    tags: [],
    weightG: 680,
    document: null,
    ...change,
  }
}

export type LabelRig = {
  readonly deps: LabelDeps
  readonly sources: Map<bigint, PrintSource>
  readonly printed: Printed[]
}

/** The labels room over a database of its own, with waybills that a test puts in. */
export function openLabelRig(db: Database, clock: Clock = systemClock): LabelRig {
  const sources = new Map<bigint, PrintSource>()
  const printed: Printed[] = []
  const identity = createIdentity({
    sql: db,
    clock,
    random: systemRandom,
    policy: { idleHours: 1, maxDays: 1 },
  })
  const deps: LabelDeps = {
    db,
    clock,
    random: systemRandom,
    vault: openVault({ current: 'test', keys: new Map([['test', new Uint8Array(32).fill(7)]]) }),
    zone: () => 'Asia/Shanghai',
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    sources: async (_, ids) => ids.flatMap((id) => sources.get(id) ?? []),
    issued: async (_, ids) =>
      new Map(
        ids.flatMap((id) => {
          const source = sources.get(id)
          return source === undefined ? [] : [[id, source.trackingNo] as const]
        }),
      ),
    notePrinted: async (_, one) => void printed.push(one),
    makeDeviceKey: async (by, name) => {
      const made = await makeKey(identity, by, { name, scopes: ['labels:print'], expiresAt: null })
      return made.ok ? { ok: true, value: { id: made.value.key.id, text: made.value.text } } : made
    },
    dropDeviceKey: async (by, id) => void (await dropKey(identity, by, id)),
    checkFonts: openCheckApart(),
    onJobQueued: () => undefined,
    ackMinutes: 10,
    keepDays: 30,
  }
  return { deps, sources, printed }
}
