import { CheckCircleOutlined } from '@ant-design/icons'
import { Skeleton } from 'antd'
import type { ReviewSummary } from '#/api/review-types.ts'
import type { ReviewFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'

export type ReviewChange = { [K in keyof ReviewFilter]?: ReviewFilter[K] | undefined }

/** Beside the list: which SKUs hold up most pieces, and who has how many cases. */
export function ReviewSide({
  summary,
  filter,
  onPick,
}: {
  readonly summary: ReviewSummary | undefined
  readonly filter: ReviewFilter
  readonly onPick: (change: ReviewChange) => void
}) {
  const { t, count } = useWording()
  const most = Math.max(1, ...(summary?.skus ?? []).map((row) => row.heat))
  const busiest = Math.max(1, ...(summary?.owners ?? []).map((row) => row.open))
  return (
    <aside className="hf-side">
      <section aria-label={t('review.heat')}>
        <h2>{t('review.heat')}</h2>
        {summary ? null : <Skeleton active />}
        {summary?.skus.length === 0 ? (
          <p className="hf-side-calm">
            <CheckCircleOutlined aria-hidden="true" /> {t('review.heatNone')}
          </p>
        ) : (
          <p className="hf-faint">{t('review.heatHint')}</p>
        )}
        <ol className="hf-bars">
          {(summary?.skus ?? []).map((row) => (
            <Bar
              key={row.sku}
              name={<code title={row.title}>{row.sku}</code>}
              hint={`${row.title} · ${t('review.heatOrders', { n: row.orders })}`}
              value={count(row.heat)}
              share={row.heat / most}
              on={filter.sku === row.sku}
              onClick={() => onPick({ sku: filter.sku === row.sku ? undefined : row.sku })}
            />
          ))}
        </ol>
      </section>
      <section aria-label={t('review.owners')}>
        <h2>{t('review.owners')}</h2>
        {summary?.owners.length === 0 ? <p className="hf-faint">{t('review.ownersNone')}</p> : null}
        <ol className="hf-bars">
          {(summary?.owners ?? []).map((row) => (
            <Bar
              key={row.id}
              name={<b>{row.name}</b>}
              hint={row.overdue > 0 ? t('review.ownerOverdue', { n: row.overdue }) : ''}
              value={count(row.open)}
              share={row.open / busiest}
              on={filter.owner === row.id}
              onClick={() => onPick({ owner: filter.owner === row.id ? undefined : row.id })}
            />
          ))}
        </ol>
      </section>
    </aside>
  )
}

function Bar({
  name,
  hint,
  value,
  share,
  on,
  onClick,
}: {
  readonly name: React.ReactNode
  readonly hint: string
  readonly value: string
  readonly share: number
  readonly on: boolean
  readonly onClick: () => void
}) {
  return (
    <li>
      <button type="button" aria-pressed={on} onClick={onClick}>
        <span className="hf-bar-text">
          {name}
          <span className="hf-faint">{hint}</span>
        </span>
        <span className="hf-num">{value}</span>
        <span className="hf-bar" aria-hidden="true">
          <i style={{ width: `${share * 100}%` }} />
        </span>
      </button>
    </li>
  )
}
