import { NodeIndexOutlined, SearchOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Input, Select } from 'antd'
import { useEffect, useMemo, useState } from 'react'
import { get, type Query } from '#/api/client.ts'
import type { DecisionBrief, RuleSet } from '#/api/rule-types.ts'
import { DECISIONS, RULES, useRuleKinds } from '#/api/rules.ts'
import type { Page } from '#/api/types.ts'
import type { DecisionsPlace } from '#/app/rule-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { DayRange } from '#/parts/day-range.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import '#/styles/rulebook.css'
import { useDecisionColumns } from './decision-columns.tsx'
import { DecisionDrawer } from './decision-drawer.tsx'

type Change = (part: { [K in keyof DecisionsPlace]?: DecisionsPlace[K] | undefined }) => void
const rowKey = (row: DecisionBrief) => row.id

/** What rules decided for which order, by which version and on which way. */
export function DecisionsPage() {
  const { t } = useWording()
  const { order: _order, message: _message, open, ...filter } = useSearch({ from: '/shell/decisions' })
  const navigate = useNavigate({ from: '/decisions' })
  const change: Change = (part) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as DecisionsPlace, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<DecisionBrief>(DECISIONS, query)
  const live = useLivePoll<DecisionBrief>({
    path: DECISIONS,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('decisions.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const columns = useDecisionColumns()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('decisions.title')} lead={t('decisions.lead')} />
      <ListView<DecisionBrief>
        name="decisions"
        label={t('decisions.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={(row) => row.orderNo}
        openKey={open}
        list={list}
        live={live}
        onOpen={(row) => change({ open: row.id })}
        filters={<Filters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty
            icon={<NodeIndexOutlined />}
            title={t('decisions.empty.title')}
            hint={t('decisions.empty.hint')}
          >
            <Link to="/rules">{t('decisions.empty.rules')}</Link>
          </TeachingEmpty>
        }
      />
      {open ? <DecisionDrawer id={open} onClose={() => change({ open: undefined })} /> : null}
    </div>
  )
}

function Filters({ filter, onChange }: { readonly filter: DecisionsPlace; readonly onChange: Change }) {
  const { t, pick, word } = useWording()
  const kinds = useRuleKinds().data?.kinds ?? []
  const { data: sets } = useQuery({
    queryKey: ['rule-set-names', filter.kind ?? null],
    queryFn: ({ signal }) => get<Page<RuleSet>>(`${RULES}/sets`, { kind: filter.kind }, signal),
  })
  const one = (
    name: 'kind' | 'outcome' | 'arm' | 'set',
    label: string,
    options: readonly { readonly value: string; readonly label: string }[],
  ) => (
    <Select
      allowClear
      className="hf-filter"
      aria-label={label}
      placeholder={label}
      value={filter[name] ?? null}
      popupMatchSelectWidth={false}
      onChange={(value: string | null | undefined) => onChange({ [name]: value ?? undefined })}
      options={[...options]}
    />
  )
  return (
    <>
      <span data-list-search="" className="hf-search">
        <OrderNo value={filter.orderNo ?? ''} onApply={(orderNo) => onChange({ orderNo })} />
      </span>
      {one(
        'kind',
        t('decisions.col.kind'),
        kinds.map((kind) => ({ value: kind.kind, label: pick(kind.label) })),
      )}
      {one(
        'set',
        t('decisions.col.set'),
        (sets?.items ?? []).map((set) => ({ value: set.id, label: set.name })),
      )}
      {one(
        'outcome',
        t('decisions.col.outcome'),
        (['decided', 'review'] as const).map((value) => ({ value, label: word('ruleOutcome', value) })),
      )}
      {one(
        'arm',
        t('decisions.col.arm'),
        (['live', 'gray'] as const).map((value) => ({ value, label: word('ruleArm', value) })),
      )}
      <DayRange
        label={t('decisions.days')}
        from={filter.from}
        to={filter.to}
        onChange={(from, to) => onChange({ from, to })}
      />
      {filter.node ? (
        <FilterChip
          text={t('decisions.node', { node: filter.node })}
          onRemove={() => onChange({ node: undefined })}
        />
      ) : null}
      {filter.version ? (
        <FilterChip text={t('decisions.oneVersion')} onRemove={() => onChange({ version: undefined })} />
      ) : null}
    </>
  )
}

/** Applied with Enter, by pasting, or when left: nobody types half an order number on purpose. */
function OrderNo({
  value,
  onApply,
}: {
  readonly value: string
  readonly onApply: (orderNo: string | undefined) => void
}) {
  const { t } = useWording()
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const apply = (next: string) => {
    if (next.trim() !== value) onApply(next.trim() || undefined)
  }
  return (
    <Input
      allowClear
      autoFocus
      aria-label={t('decisions.search')}
      placeholder={t('decisions.search')}
      prefix={<SearchOutlined aria-hidden="true" />}
      title="/"
      value={text}
      onChange={(event) => {
        setText(event.target.value)
        if (event.target.value === '') onApply(undefined)
      }}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text').trim()
        if (text !== '' || pasted === '') return
        event.preventDefault()
        setText(pasted)
        onApply(pasted)
      }}
      onBlur={() => apply(text)}
      onPressEnter={() => apply(text)}
    />
  )
}
