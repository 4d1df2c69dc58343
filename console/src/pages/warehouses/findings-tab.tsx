import { CheckCircleOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Checkbox, Input, Select, Skeleton } from 'antd'
import { useMemo, useState } from 'react'
import {
  FINDING_KINDS,
  FINDING_STATES,
  type FindingState,
  type FindingSummary,
  type StockFinding,
} from '#/api/capture-types.ts'
import { get } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/capture.css'
import type { Tone } from '#/theme/palette.ts'
import { FindingDecide } from './finding-decide.tsx'

type Filter = { readonly kind?: string; readonly sku?: string }

/** Where the ledger and a warehouse's own system differ. */
export function FindingsTab() {
  const { t } = useWording()
  const { warehouse, open: state = 'open' } = useSearch({ from: '/shell/warehouses' })
  const navigate = useNavigate({ from: '/warehouses' })
  const [filter, setFilter] = useState<Filter>({})
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const query = useMemo(() => ({ ...filter, state, warehouse }), [filter, state, warehouse])
  const list = useCursorList<StockFinding>('/api/capture/findings', query)
  const summary = useQuery({
    queryKey: ['capture-findings-summary'],
    queryFn: ({ signal }) => get<FindingSummary>('/api/capture/findings/summary', {}, signal),
    refetchInterval: 5_000,
  })
  const open = (summary.data?.items ?? []).reduce((sum, one) => sum + one.count, 0)
  const homes = [...new Set((summary.data?.items ?? []).map((one) => one.warehouse))].filter(Boolean)
  const refresh = () => {
    setChosen(new Set())
    list.refresh()
    void summary.refetch()
  }
  const isFiltered = Boolean(filter.kind || filter.sku || warehouse)
  return (
    <>
      <div className="hf-wh-bar">
        <StateViews
          active={state as FindingState}
          open={open}
          onPick={(one) => {
            setChosen(new Set())
            void navigate({
              search: (old) => ({ ...old, open: one === 'open' ? undefined : one }) as typeof old,
            })
          }}
        />
        <Select
          allowClear
          className="hf-cap-choice"
          aria-label={t('findings.filter.kind')}
          placeholder={t('findings.filter.kind')}
          value={filter.kind ?? null}
          onChange={(kind: string | null) =>
            setFilter(({ kind: _, ...old }) => (kind ? { ...old, kind } : old))
          }
          options={FINDING_KINDS.map((value) => ({ value, label: t(`findings.kind.${value}`) }))}
        />
        <Select
          allowClear
          className="hf-cap-choice"
          aria-label={t('findings.filter.warehouse')}
          placeholder={t('findings.filter.warehouse')}
          value={warehouse ?? null}
          onChange={(code: string | null) =>
            void navigate({ search: (old) => ({ ...old, warehouse: code ?? undefined }) as typeof old })
          }
          options={[...new Set([...homes, ...(warehouse ? [warehouse] : [])])].map((value) => ({
            value,
            label: value,
          }))}
        />
        <Input.Search
          allowClear
          className="hf-cap-choice"
          aria-label={t('findings.filter.sku')}
          placeholder={t('findings.filter.sku')}
          onSearch={(sku) =>
            setFilter(({ sku: _, ...old }) => (sku.trim() ? { ...old, sku: sku.trim() } : old))
          }
        />
      </div>
      {list.error ? <ProblemNotice error={list.error} onRetry={list.refresh} /> : null}
      {list.loading && list.rows.length === 0 ? <Skeleton active paragraph={{ rows: 5 }} /> : null}
      {list.rows.length > 0 ? (
        <>
          <FindingTable rows={list.rows} chosen={chosen} onChoose={setChosen} />
          {list.complete ? null : (
            <Button type="link" loading={list.loadingMore} onClick={list.loadMore}>
              {t('findings.more')}
            </Button>
          )}
        </>
      ) : null}
      {!list.loading && !list.error && list.rows.length === 0 ? (
        <TeachingEmpty
          icon={<CheckCircleOutlined />}
          title={t(isFiltered || state !== 'open' ? 'findings.none' : 'findings.empty.title')}
          hint={isFiltered || state !== 'open' ? '' : t('findings.empty.hint')}
        />
      ) : null}
      {chosen.size > 0 ? (
        <FindingDecide
          chosen={list.rows.filter((row) => chosen.has(row.id))}
          onDone={refresh}
          onClear={() => setChosen(new Set())}
        />
      ) : null}
    </>
  )
}

function StateViews({
  active,
  open,
  onPick,
}: {
  readonly active: FindingState
  readonly open: number
  readonly onPick: (state: FindingState) => void
}) {
  const { t, count } = useWording()
  return (
    <div className="hf-cap-states">
      {FINDING_STATES.map((state) => (
        <Button
          key={state}
          size="small"
          type={state === active ? 'primary' : 'default'}
          aria-pressed={state === active}
          onClick={() => onPick(state)}
        >
          {t(`findings.state.${state}`)}
          {state === 'open' && open > 0 ? ` ${count(open)}` : ''}
        </Button>
      ))}
    </div>
  )
}

const HEADS = ['kind', 'sku', 'warehouse', 'ledger', 'captured', 'reserved', 'evidence', 'opened'] as const
const NUMBERS: readonly string[] = ['ledger', 'captured', 'reserved']

function FindingTable({
  rows,
  chosen,
  onChoose,
}: {
  readonly rows: readonly StockFinding[]
  readonly chosen: ReadonlySet<string>
  readonly onChoose: (chosen: ReadonlySet<string>) => void
}) {
  const { t } = useWording()
  const can = useCan()('stock:write')
  const open = rows.filter((row) => row.state === 'open')
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChoose(next)
  }
  return (
    <div className="hf-wh-scroll">
      <table className="hf-plain-table hf-cap-table">
        <thead>
          <tr>
            <th scope="col">
              {can && open.length > 0 ? (
                <Checkbox
                  aria-label={t('findings.selectAll')}
                  checked={open.every((row) => chosen.has(row.id))}
                  indeterminate={chosen.size > 0 && !open.every((row) => chosen.has(row.id))}
                  onChange={(event) =>
                    onChoose(new Set(event.target.checked ? open.map((row) => row.id) : []))
                  }
                />
              ) : null}
            </th>
            {HEADS.map((head) => (
              <th key={head} scope="col" className={NUMBERS.includes(head) ? 'hf-right' : undefined}>
                {t(`findings.col.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <FindingLine
              key={row.id}
              row={row}
              {...(can && row.state === 'open'
                ? { checked: chosen.has(row.id), onToggle: () => toggle(row.id) }
                : {})}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const KIND_TONES: Readonly<Partial<Record<StockFinding['kind'], Tone>>> = {
  drift: 'bad',
  conflict: 'bad',
  negative: 'bad',
  unseen_out: 'wait',
}

function FindingLine({
  row,
  checked,
  onToggle,
}: {
  readonly row: StockFinding
  readonly checked?: boolean
  readonly onToggle?: () => void
}) {
  const { t, count } = useWording()
  const figure = (n: number | null) => (n === null ? '—' : count(n))
  return (
    <tr>
      <td>
        {onToggle ? (
          <Checkbox
            checked={checked === true}
            onChange={onToggle}
            aria-label={t('findings.select', { sku: row.sku || row.warehouse })}
          />
        ) : null}
      </td>
      <td>
        <Tag tone={row.state === 'open' ? (KIND_TONES[row.kind] ?? 'wait') : 'muted'} dot>
          {t(`findings.kind.${row.kind}`)}
        </Tag>
      </td>
      <td className="hf-cap-sku" title={row.sku}>
        {row.sku}
      </td>
      <td>{row.warehouse}</td>
      <td className="hf-right hf-num">{figure(row.ledger)}</td>
      <td className="hf-right hf-num">{figure(row.captured)}</td>
      <td className="hf-right hf-num">{row.reserved > 0 ? count(row.reserved) : ''}</td>
      <td className="hf-cap-evidence">
        <span title={JSON.stringify(row.evidence, null, 1)}>{evidenceText(row.evidence)}</span>
        {row.endedWords ? (
          <div className="hf-faint">
            {t('findings.endedBy', { who: row.endedBy ?? '', words: row.endedWords })}
          </div>
        ) : null}
      </td>
      <td>
        <TimeText at={row.openedAt} />
      </td>
    </tr>
  )
}

/** Feed and place in it first; the whole of it on hover. */
function evidenceText(evidence: Readonly<Record<string, unknown>>): string {
  const parts = [evidence['feed'], evidence['at'], evidence['detail']].filter(
    (part): part is string => typeof part === 'string' && part !== '',
  )
  if (typeof evidence['version'] === 'string') parts.push(`v${evidence['version']}`)
  if (typeof evidence['unseen'] === 'number') parts.push(`${evidence['unseen']}`)
  return parts.join(' · ')
}
