import { useQuery } from '@tanstack/react-query'
import { Skeleton } from 'antd'
import { get } from '#/api/client.ts'
import type { DriftSummary, DriftTop } from '#/api/types.ts'
import type { DriftFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { useOverlay } from '#/parts/use-overlay.ts'

type Picked = { field: string | undefined; cause: string | undefined }

/** Beside the list: the causes as bars that filter it, and the ten orders whose sources disagreed longest this month. */
export function DriftSide({
  active,
  onPick,
}: {
  readonly active: DriftFilter
  readonly onPick: (picked: Picked) => void
}) {
  return (
    <aside className="hf-side">
      <Causes active={active} onPick={onPick} />
      <Longest />
    </aside>
  )
}

function Causes({
  active,
  onPick,
}: {
  readonly active: DriftFilter
  readonly onPick: (picked: Picked) => void
}) {
  const { t, word, count } = useWording()
  const { data } = useQuery({
    queryKey: ['drift-summary'],
    queryFn: ({ signal }) => get<DriftSummary>('/api/drift/summary', {}, signal),
  })
  const groups = (data?.groups ?? []).toSorted((a, b) => b.open - a.open).slice(0, 10)
  const most = Math.max(1, ...groups.map((group) => group.open))
  return (
    <section aria-label={t('drift.causes')}>
      <h2>{t('drift.causes')}</h2>
      <p className="hf-faint">{t('drift.causesHint')}</p>
      {data ? null : <Skeleton active />}
      <ol className="hf-bars">
        {groups.map((group) => {
          const { field, cause } = group
          const on = active.field === field && active.cause === cause
          return (
            <li key={`${field}${cause}`}>
              <button
                type="button"
                aria-pressed={on}
                onClick={() => onPick(on ? { field: undefined, cause: undefined } : { field, cause })}
              >
                <span className="hf-bar-text">
                  <b>{word('cause', cause)}</b>
                  <span className="hf-faint">{word('driftField', field)}</span>
                </span>
                <span className="hf-num">{count(group.open)}</span>
                <span className="hf-bar" aria-hidden="true">
                  <i style={{ width: `${(group.open / most) * 100}%` }} />
                </span>
              </button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

function Longest() {
  const { t, word, duration } = useWording()
  const { openOrder } = useOverlay()
  const { data } = useQuery({
    queryKey: ['drift-top'],
    queryFn: ({ signal }) => get<DriftTop>('/api/drift/top', { limit: 10 }, signal),
  })
  return (
    <section aria-label={t('drift.top')}>
      <h2>{t('drift.top')}</h2>
      <p className="hf-faint">{t('drift.topHint')}</p>
      {data ? null : <Skeleton active />}
      <ol className="hf-top-list">
        {data?.items.map((item, index) => (
          <li key={`${item.orderId}${item.field}`}>
            <button type="button" onClick={() => openOrder(item.orderId)}>
              <span className="hf-num hf-faint">{index + 1}</span>
              <span className="hf-top-order">
                <span className="hf-num">{item.orderNo}</span>
                <span className="hf-faint">{word('cause', item.cause)}</span>
              </span>
              <span className="hf-num">{duration(item.durationSeconds)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  )
}
