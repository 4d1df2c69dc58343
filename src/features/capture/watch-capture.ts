import type { Clock, Instant } from '#kernel/clock.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import { countOpen } from './findings/store.ts'
import { sourceKind } from './setup/index.ts'
import { type FeedRow, readFeeds, readLagMinutes, readLeftPaused } from './store.ts'

export type WatchCaptureDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Pick<Alarms, 'settle'>
  /** Seconds from the source's commit to the ledger above which a warehouse's figures count as late. */
  readonly lagSeconds: number
}

/** A live feed whose source has not shown itself for so long is stopped, whatever its status says. */
const STOPPED_SECONDS = 60
/** A pause that lasts longer was forgotten. */
const PAUSED_MINUTES = 60
const LINK = '/warehouses?tab=capture'

/** Says what is wrong with the figures of warehouses: `capture.stopped`, `.lagging`, `.gap`, `.schema_changed`, `.findings`. */
export async function watchCapture(deps: WatchCaptureDeps): Promise<void> {
  const { db, clock, alarms } = deps
  const now = clock.now()
  const feeds = (await readFeeds(db, 'live')).filter((one) => sourceKind(one.connection_id) === 'connection')
  const left = await readLeftPaused(db)
  await alarms.settle('capture.stopped', [
    ...feeds.flatMap((one) => stopped(one, now)),
    ...left.flatMap((one) => leftPaused(one, now)),
  ])
  await alarms.settle('capture.gap', feeds.flatMap(gap))
  await alarms.settle('capture.schema_changed', feeds.flatMap(schemaChanged))
  await alarms.settle('capture.lagging', await lagging(deps, now))
  await alarms.settle('capture.findings', await findings(db))
}

function stopped(feed: FeedRow, now: Instant): AlarmSignal[] {
  const since = feed.seen_at ?? feed.status_since
  const seconds = Math.round(now.since(since).total('seconds'))
  if (seconds < STOPPED_SECONDS) return []
  const minutes = Math.max(1, Math.round(seconds / 60))
  const why = feed.words === '' ? '' : `（${feed.words}）`
  const whyEn = feed.words_en === '' ? '' : ` (${feed.words_en})`
  return [
    {
      rule: 'capture.stopped',
      subject: feed.name,
      severity: 'critical',
      words: {
        zh: `采集「${feed.name}」已 ${minutes} 分钟没有来自仓库系统的任何回应${why}。台账停在旧数，可能超卖。先到「仓库 → 采集」看原因，并检查该仓库系统与网络。`,
        en: `Capture "${feed.name}" has had no word from the warehouse's system for ${minutes} min${whyEn}. The ledger stands still and may oversell. Look at Warehouses > Capture for the cause, then at that system and the network.`,
      },
      evidence: { feed: String(feed.id), status: feed.status, seconds },
      link: LINK,
    },
  ]
}

/** Somebody paused it and nobody set it going again: the warehouse still counts by it. */
function leftPaused(feed: FeedRow, now: Instant): AlarmSignal[] {
  const minutes = Math.floor(now.since(feed.status_since).total('minutes'))
  if (minutes < PAUSED_MINUTES) return []
  return [
    {
      rule: 'capture.stopped',
      subject: feed.name,
      severity: 'warning',
      words: {
        zh: `采集「${feed.name}」已暂停 ${minutes} 分钟，它的仓库仍按采集记账，台账停在旧数，可能超卖。到「仓库 → 采集」恢复；不再使用的话，把仓库改回「中枢记账」。`,
        en: `Capture "${feed.name}" has been paused for ${minutes} min and its warehouse still counts by it: the ledger stands still and may oversell. Resume it under Warehouses > Capture, or set the warehouse to the hub's own count.`,
      },
      evidence: { feed: String(feed.id), status: 'paused', minutes },
      link: LINK,
    },
  ]
}

function gap(feed: FeedRow): AlarmSignal[] {
  if (feed.gap_at === null) return []
  return [
    {
      rule: 'capture.gap',
      subject: feed.name,
      severity: 'warning',
      words: {
        zh: `采集「${feed.name}」漏了一段变更：${feed.gap_words ?? ''}。有全表可读的会自动重读比对；只有流水的请到「仓库 → 采集」盘点后确认。`,
        en: `Capture "${feed.name}" missed changes: ${feed.gap_words_en ?? ''}. Where there is a table it is read anew and compared; a source of changes only has to be counted, then confirmed under Warehouses > Capture.`,
      },
      evidence: { feed: String(feed.id), at: feed.gap_at.toString() },
      link: LINK,
    },
  ]
}

function schemaChanged(feed: FeedRow): AlarmSignal[] {
  if (feed.schema_at === null) return []
  const blocked = feed.schema_usable === false
  return [
    {
      rule: 'capture.schema_changed',
      subject: feed.name,
      severity: blocked ? 'critical' : 'warning',
      words: {
        zh: `采集「${feed.name}」的表结构变了：${feed.schema_words ?? ''}。${blocked ? '映射的列已不在，采集已停；请在接入向导里改映射。' : '映射的列还在，正在重读全表。'}`,
        en: `The table of capture "${feed.name}" has changed: ${feed.schema_words_en ?? ''}. ${blocked ? 'Mapped columns are gone and capture has stopped: change the mapping in the wizard.' : 'The mapped columns are still there; the table is read anew.'}`,
      },
      evidence: { feed: String(feed.id), readable: feed.schema_usable },
      link: LINK,
    },
  ]
}

async function lagging({ db, lagSeconds }: WatchCaptureDeps, now: Instant): Promise<AlarmSignal[]> {
  const rows = await readLagMinutes(db, now.subtract({ minutes: 2 }))
  const worst = new Map<string, number>()
  for (const row of rows) worst.set(row.warehouse, Math.max(worst.get(row.warehouse) ?? 0, row.lag_ms_most))
  return [...worst].flatMap(([warehouse, ms]) => {
    if (ms <= lagSeconds * 1_000) return []
    const seconds = Math.round(ms / 1_000)
    return [
      {
        rule: 'capture.lagging',
        subject: warehouse,
        severity: 'warning',
        words: {
          zh: `仓库 ${warehouse} 的库存变更 ${seconds} 秒后才进台账（上限 ${lagSeconds} 秒）。期间可能按旧数售卖；先看「仓库 → 采集」是否在补读，再看中枢与数据库负载。`,
          en: `Changes of warehouse ${warehouse} reach the ledger after ${seconds} s (limit ${lagSeconds} s); old figures are sold meanwhile. See under Warehouses > Capture whether it catches up, then look at the load of hub and database.`,
        },
        evidence: { warehouse, seconds, limit: lagSeconds },
        link: LINK,
      },
    ]
  })
}

async function findings(db: Database): Promise<AlarmSignal[]> {
  const byWarehouse = Map.groupBy(await countOpen(db), (one) => one.warehouse)
  return [...byWarehouse].map(([warehouse, kinds]) => {
    const n = kinds.reduce((sum, one) => sum + one.n, 0)
    const list = kinds.map((one) => `${one.kind} ${one.n}`).join(', ')
    const name = warehouse === '' ? '-' : warehouse
    return {
      rule: 'capture.findings',
      subject: name,
      severity: 'warning',
      words: {
        zh: `仓库 ${name} 有 ${n} 处库存差异待定（${list}）。存疑的件数已预留、不会卖出；请到「仓库 → 差异」逐条或批量采信 / 保留。`,
        en: `Warehouse ${name} has ${n} differences to decide (${list}). Doubtful pieces are set aside and not sold; accept or keep them under Warehouses > Findings.`,
      },
      evidence: { warehouse: name, open: n },
      link: `/warehouses?tab=findings&warehouse=${encodeURIComponent(warehouse)}`,
    }
  })
}
