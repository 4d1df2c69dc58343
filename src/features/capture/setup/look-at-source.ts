import type { FeedCheck, FeedMapping, FeedTable, StockFeed } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { checkColumns, checkMapping, type FeedWarehouse } from './core/mapping.ts'
import { previewRows, type RowsPreview } from './core/preview-rows.ts'
import { sourceKind } from './core/sources.ts'
import { type SampleRow, type Suggestion, stockLikeness, suggestMapping } from './core/suggest-mapping.ts'
import type { SetupDeps } from './deps.ts'
import { cleanMapping } from './edit-feed.ts'
import { type FeedDraft, hasPushKey, readKnownSkus } from './store.ts'

/** Rows that a preview looks at. */
export const SAMPLE_MOST = 100
const LOOK_MS = 20_000

/** The source's own side of a feed, closed again whatever happens. Refused: `capture.source_not_found`, `capture.source_unsuitable`. */
export async function withFeed<T>(
  deps: SetupDeps,
  source: string,
  look: (feed: StockFeed) => Promise<Result<T>>,
): Promise<Result<T>> {
  await deps.connections.refresh()
  const entry = deps.connections.byId(source)
  if (entry === null)
    return refuse('capture.source_not_found', `there is no connection "${source.slice(0, 60)}"`)
  const feed = entry.connector.stockFeed?.(entry.settings, deps.callsFor(entry))
  if (feed === undefined)
    return refuse('capture.source_unsuitable', `${entry.connector.en} tells of no stock`)
  try {
    return await look(feed)
  } finally {
    await feed.close().catch(() => undefined)
  }
}

/** Everything that must be so before the feed can work, each with what to do where it is not. */
export async function checkSourceOf(deps: SetupDeps, feed: FeedDraft): Promise<Result<readonly FeedCheck[]>> {
  const kind = sourceKind(feed.source)
  if (kind === 'file') return ok([FILE_READY])
  if (kind === 'push') return ok([await checkPushKey(deps)])
  return await withFeed(deps, feed.source, async (source) => ok(await within(source.check())))
}

const FILE_READY: FeedCheck = {
  name: 'file',
  outcome: 'ok',
  words: { zh: '文件不需要连接，下一步上传一份样本', en: 'A file needs no connection; upload a sample next' },
  remedy: null,
}

async function checkPushKey({ db, clock }: SetupDeps): Promise<FeedCheck> {
  if (await hasPushKey(db, clock.now()))
    return {
      name: 'key',
      outcome: 'ok',
      words: { zh: '有可以推送库存的 API 密钥', en: 'There is an API key that may push stock' },
      remedy: null,
    }
  return {
    name: 'key',
    outcome: 'failed',
    words: { zh: '还没有权限为 stock:write 的 API 密钥', en: 'No API key has the scope stock:write yet' },
    remedy: {
      zh: '到 设置 → API 密钥 新建一个，权限只勾 stock:write，交给仓库系统',
      en: 'Make one in Settings → API keys with the scope stock:write alone, and give it to the warehouse’s system',
      command: null,
    },
  }
}

export type LikelyTable = FeedTable & { readonly likeness: number }

/** What can be read there, the likeliest stock tables first. */
export async function tablesOf(deps: SetupDeps, feed: FeedDraft): Promise<Result<readonly LikelyTable[]>> {
  if (sourceKind(feed.source) !== 'connection') return ok([])
  return await withFeed(deps, feed.source, async (source) => {
    const tables = await within(source.tables())
    if (!tables.ok) return tables
    const judged = tables.value.map((table) => ({ ...table, likeness: stockLikeness(table) }))
    return ok(judged.toSorted((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1)))
  })
}

/** What the caller has at hand instead of a table: a file's or a message's rows. */
export type GivenRows = readonly SampleRow[]
export type Suggested = Suggestion & { readonly table: FeedTable; readonly rows: readonly SampleRow[] }

/** A mapping for a table (or for given rows), proposed. Refused: `capture.table_not_found`, `capture.rows_needed`, as the source refuses. */
export async function suggestFor(
  deps: SetupDeps,
  feed: FeedDraft,
  wish: { readonly table: string; readonly rows: GivenRows | null },
): Promise<Result<Suggested>> {
  const looked = await lookAt(deps, feed, wish)
  if (!looked.ok) return looked
  const { table, rows } = looked.value
  const values = rows.flatMap((row) => Object.values(row).filter((value) => value !== null && value !== ''))
  const knownSkus = await readKnownSkus(deps.db, values as string[])
  const hints = { knownSkus, warehouses: deps.warehouses.all(), zone: feed.mapping.zone }
  return ok({ ...suggestMapping(table, rows, hints), table, rows })
}

async function lookAt(
  deps: SetupDeps,
  feed: FeedDraft,
  { table, rows }: { readonly table: string; readonly rows: GivenRows | null },
): Promise<Result<{ readonly table: FeedTable; readonly rows: readonly SampleRow[] }>> {
  if (sourceKind(feed.source) !== 'connection' || rows !== null) {
    if (rows === null || rows.length === 0)
      return refuse('capture.rows_needed', 'give some rows of the source')
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    const columns = names.map((name) => ({ name, type: 'text', key: false }))
    return ok({ table: { name: feed.mapping.table, rows: null, columns }, rows: rows.slice(0, SAMPLE_MOST) })
  }
  return await withFeed(deps, feed.source, async (source) => {
    const tables = await within(source.tables())
    if (!tables.ok) return tables
    const found = tables.value.find(({ name }) => name === table)
    if (found === undefined)
      return refuse('capture.table_not_found', `there is no table "${table.slice(0, 100)}" to be seen`)
    const sample = await within(source.sample(table, SAMPLE_MOST))
    if (!sample.ok) return sample
    // A stream's fields are only known from its messages.
    const fields = [...new Set(sample.value.flatMap((row) => Object.keys(row)))]
    const columns =
      found.columns.length > 0 ? found.columns : fields.map((name) => ({ name, type: 'text', key: false }))
    return ok({ table: { ...found, columns }, rows: sample.value })
  })
}

/** Real rows through a mapping, without keeping anything. Refused: as `checkMapping`, `capture.column_missing`, `capture.rows_needed`. */
export async function previewFor(
  deps: SetupDeps,
  feed: FeedDraft,
  wish: {
    readonly mapping: FeedMapping
    readonly warehouses: readonly FeedWarehouse[]
    readonly rows: GivenRows | null
  },
): Promise<Result<RowsPreview>> {
  const mapping = cleanMapping(wish.mapping)
  if (!mapping.ok) return mapping
  const whole = checkMapping(mapping.value, sourceKind(feed.source))
  if (!whole.ok) return whole
  const looked = await lookAt(deps, feed, { table: mapping.value.table, rows: wish.rows })
  if (!looked.ok) return looked
  const columns = checkColumns(
    mapping.value,
    looked.value.table.columns.map(({ name }) => name),
  )
  if (!columns.ok) return columns
  const { rows } = looked.value
  const skus = rows.flatMap((row) => row[mapping.value.sku]?.trim() || [])
  const known = { skus: await readKnownSkus(deps.db, skus), warehouses: deps.warehouses.all() }
  return ok(previewRows(mapping.value, wish.warehouses, rows, known))
}

/** A source that hangs must not hang a person. */
async function within<T>(look: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Outage('capture.source_timeout', `no answer within ${LOOK_MS / 1_000} s`)),
      LOOK_MS,
    )
  })
  try {
    return await Promise.race([look, late])
  } finally {
    clearTimeout(timer)
  }
}
