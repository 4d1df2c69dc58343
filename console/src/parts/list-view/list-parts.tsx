import { ArrowUpOutlined } from '@ant-design/icons'
import { Button, Tooltip } from 'antd'
import type { ReactNode } from 'react'
import type { StreamState } from '#/api/stream.ts'
import { useWording } from '#/i18n/language.tsx'
import { TeachingEmpty } from '../small.tsx'
import type { Live, Selection } from './types.ts'
import type { CursorList } from './use-cursor-list.ts'

export function LoadedCount<Row>({
  list,
  total,
  capped,
}: {
  readonly list: CursorList<Row>
  readonly total: number | undefined
  readonly capped: boolean
}) {
  const { t, count } = useWording()
  const n = list.rows.length
  const text =
    total !== undefined && !list.complete && total > n
      ? t('list.loadedOf', { n, total: `${count(total)}${capped ? '+' : ''}` })
      : t('list.loaded', { n })
  return (
    <span className="hf-count" role="status">
      {list.loadingMore ? t('list.loadingMore') : text}
    </span>
  )
}

export function LiveDot({ state }: { readonly state: StreamState }) {
  const { t } = useWording()
  return (
    <Tooltip title={t(`live.${state}`)}>
      <span className={`hf-live hf-live-${state}`} role="img" aria-label={t(`live.${state}`)} />
    </Tooltip>
  )
}

export function NewRowsPill({ live }: { readonly live: Live }) {
  return (
    <div className="hf-pill" role="status">
      <Button type="primary" shape="round" icon={<ArrowUpOutlined />} onClick={live.onLoadNew}>
        {live.newRowsText}
      </Button>
    </div>
  )
}

export function NothingHere({
  filtered,
  onClearFilters,
  children,
}: {
  readonly filtered: boolean
  readonly onClearFilters: () => void
  readonly children: ReactNode
}) {
  const { t } = useWording()
  if (!filtered) return children
  return (
    <TeachingEmpty title={t('list.emptyFiltered')} hint={t('list.emptyFilteredHint')}>
      <Button onClick={onClearFilters}>{t('list.clearFilters')}</Button>
    </TeachingEmpty>
  )
}

/** The hub searches a stretch at a time: a page may be empty, or short, and older ones still be unread. */
export function GoOn<Row>({ list }: { readonly list: CursorList<Row> }) {
  const { t } = useWording()
  const button = (
    <Button loading={list.loadingMore} onClick={list.loadMore}>
      {t('list.goOn')}
    </Button>
  )
  if (list.rows.length === 0)
    return (
      <TeachingEmpty title={t('list.goOnTitle')} hint={t('list.goOnHint')}>
        {button}
      </TeachingEmpty>
    )
  return (
    <div className="hf-go-on">
      <span className="hf-faint">{t('list.goOnLine')}</span> {button}
    </div>
  )
}

export function BulkBar({
  selection,
  total,
  offerAll,
  onEverything,
  children,
}: {
  readonly selection: Selection
  readonly total: number | undefined
  readonly offerAll: boolean
  readonly onEverything: () => void
  readonly children: ReactNode
}) {
  const { t } = useWording()
  return (
    <div className="hf-bulk" role="toolbar" aria-label={t('list.selected', { n: selection.count })}>
      <b>{t(selection.everything ? 'list.allMatchingSelected' : 'list.selected', { n: selection.count })}</b>
      {offerAll && !selection.everything && total !== undefined ? (
        <Button type="link" onClick={onEverything}>
          {t('list.selectAllMatching', { n: total })}
        </Button>
      ) : null}
      <span className="hf-bulk-actions">{children}</span>
      <Button type="text" onClick={selection.clear}>
        {t('list.clearSelection')}
      </Button>
    </div>
  )
}
