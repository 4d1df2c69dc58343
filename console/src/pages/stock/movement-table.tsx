import { Link } from '@tanstack/react-router'
import { Button, Select, Skeleton } from 'antd'
import { useMemo, useState } from 'react'
import type { Query } from '#/api/client.ts'
import type { Movement } from '#/api/stock-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const CAUSES = [
  'lock',
  'reserve',
  'release',
  'unreserve',
  'commit',
  'count',
  'safety',
  'import',
  'capture',
  'quota',
  'return',
  'transfer_out',
  'transfer_in',
] as const

/** Every change of a level, the newest first: its cause, its signed parts, what it was for and who did it. */
export function MovementTable({ path }: { readonly path: string }) {
  const { t, word } = useWording()
  const [causes, setCauses] = useState<readonly string[]>([])
  const query = useMemo((): Query => (causes.length > 0 ? { cause: causes } : {}), [causes])
  const list = useCursorList<Movement>(`${path}/movements`, query)
  return (
    <>
      <Select
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        style={{ minWidth: 220, marginBottom: 8 }}
        aria-label={t('stock.drawer.cause')}
        placeholder={t('stock.drawer.allCauses')}
        value={[...causes]}
        onChange={setCauses}
        options={CAUSES.map((value) => ({ value, label: word('stockCause', value) }))}
      />
      {list.error ? <ProblemNotice error={list.error} onRetry={list.refresh} /> : null}
      {list.loading && list.rows.length === 0 ? <Skeleton active /> : null}
      {list.complete && list.rows.length === 0 ? (
        <p className="hf-faint">{t('stock.drawer.noMovements')}</p>
      ) : null}
      {list.rows.length > 0 ? <MovementRows rows={list.rows} /> : null}
      {list.rows.length > 0 && !list.complete ? (
        <Button loading={list.loadingMore} onClick={list.loadMore}>
          {t('stock.drawer.more')}
        </Button>
      ) : null}
    </>
  )
}

export function MovementRows({
  rows,
  places = false,
}: {
  readonly rows: readonly Movement[]
  /** Shows which SKU and warehouse each was of. */
  readonly places?: boolean
}) {
  const { t, count } = useWording()
  return (
    <table className="hf-plain-table">
      <thead>
        <tr>
          <th scope="col">{t('stock.drawer.time')}</th>
          {places ? <th scope="col">{t('stock.col.sku')}</th> : null}
          <th scope="col">{t('stock.drawer.cause')}</th>
          <th scope="col">{t('stock.drawer.change')}</th>
          <th scope="col" className="hf-right">
            {t('stock.drawer.after')}
          </th>
          <th scope="col">{t('stock.drawer.for')}</th>
          <th scope="col">{t('stock.drawer.by')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td className="hf-stock-when">
              <TimeText at={row.at} />
            </td>
            {places ? (
              <td className="hf-num">
                {row.sku} <span className="hf-faint">{row.warehouse}</span>
              </td>
            ) : null}
            <td>
              <CodeTag family="stockCause" code={row.cause} />
            </td>
            <td>
              <Parts row={row} />
            </td>
            <td className={`hf-num hf-right ${row.availableAfter < 0 ? 'hf-text-bad' : ''}`}>
              {count(row.availableAfter)}
            </td>
            <td>{places ? <Why row={row} /> : <For row={row} />}</td>
            <td className="hf-faint">{row.actor}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Parts({ row }: { readonly row: Movement }) {
  const { t, count } = useWording()
  const parts = (['physical', 'locked', 'reserved', 'inTransit', 'safety'] as const).filter(
    (name) => row[name] !== 0,
  )
  return (
    <span className="hf-stock-parts">
      {parts.map((name) => (
        <span key={name}>
          <span className="hf-faint">{t(`stock.part.${name}`)}</span>{' '}
          <b className="hf-num">
            {row[name] > 0 ? '+' : '−'}
            {count(Math.abs(row[name]))}
          </b>
        </span>
      ))}
    </span>
  )
}

function For({ row }: { readonly row: Movement }) {
  const { word } = useWording()
  if (row.holdFor === null || row.holdId === null) return <Why row={row} />
  return (
    <span>
      <span className="hf-faint">{word('holdOwner', row.holdFor.kind)}</span>{' '}
      <Link to="/holds" search={{ hold: row.holdId }} className="hf-num">
        {row.holdFor.reference || row.holdFor.id}
      </Link>
    </span>
  )
}

/** The reason that a person gave, where the evidence has one. */
function Why({ row }: { readonly row: Movement }) {
  const { evidence } = row
  const reason =
    typeof evidence === 'object' && evidence !== null && 'reason' in evidence ? String(evidence.reason) : ''
  return <span className="hf-faint">{reason}</span>
}
