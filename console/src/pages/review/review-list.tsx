import { AlertOutlined, ExportOutlined, SearchOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button, Input, Select } from 'antd'
import { type ReactNode, useMemo } from 'react'
import { download, get, type Query } from '#/api/client.ts'
import { type ReviewCase, type ReviewSummary, SEVERITIES } from '#/api/review-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import type { ReviewFilter, ReviewPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { ReviewBulk } from './review-bulk.tsx'
import { useReviewColumns } from './review-columns.tsx'
import { REVIEW, useAssignees } from './review-queries.ts'
import { type ReviewChange, ReviewSide } from './review-side.tsx'
import { QUICK } from './review-tabs.tsx'

const rowKey = (row: ReviewCase) => row.id
const rowName = (row: ReviewCase) => row.orderNo ?? row.subject

/** The queue with its filters, the bulk bar and what holds up most. */
export function ReviewList({
  place,
  tabs,
  summary,
  onChanged,
}: {
  readonly place: ReviewPlace
  readonly tabs: ReactNode
  readonly summary: ReviewSummary | undefined
  readonly onChanged: () => void
}) {
  const { t } = useWording()
  const can = useCan()
  const navigate = useNavigate({ from: '/review' })
  const { order } = useSearch({ from: '/shell/review' })
  const { case: open, tab: _tab, ...filter } = place
  const change = (part: ReviewChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as ReviewPlace, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<ReviewCase>(REVIEW, query)
  const live = useLivePoll<ReviewCase>({
    path: REVIEW,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('review.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const { sort: _sort, ...asked } = filter
  const total = useTotal(asked)
  const refresh = () => {
    list.refresh()
    onChanged()
  }
  const resolved = filter.state === 'resolved' || filter.resolvedToday !== undefined
  return (
    <div className="hf-split">
      <ListView<ReviewCase>
        name="review"
        label={t('review.title')}
        columns={useReviewColumns(resolved)}
        rowKey={rowKey}
        rowName={rowName}
        openKey={order ? undefined : open}
        list={list}
        live={live}
        total={total?.count}
        totalCapped={total?.capped ?? false}
        onOpen={(row) => void navigate({ search: (old) => ({ ...old, case: row.id }) as ReviewPlace })}
        onView={(index) => {
          const quick = QUICK[index]
          if (quick) void navigate({ search: quick.filter })
        }}
        views={tabs}
        filters={<ReviewFilters filter={filter} onChange={change} />}
        filtered={Object.keys(asked).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        tools={() => <ExportButton filter={asked} empty={list.rows.length === 0} />}
        empty={
          <TeachingEmpty
            icon={<AlertOutlined />}
            title={t('review.empty.title')}
            hint={t('review.empty.hint')}
          />
        }
        {...(can('review:write')
          ? {
              bulk: (selection) => (
                <ReviewBulk selection={selection} rows={list.rows} filter={asked} onDone={refresh} />
              ),
            }
          : {})}
      />
      <ReviewSide summary={summary} filter={filter} onPick={change} />
    </div>
  )
}

function useTotal(filter: ReviewFilter) {
  const { data } = useQuery({
    queryKey: ['review-count', filter],
    queryFn: ({ signal }) =>
      get<{ count: number; capped: boolean }>(`${REVIEW}/count`, filter as Query, signal),
    refetchInterval: 10_000,
  })
  return data
}

function ExportButton({ filter, empty }: { readonly filter: ReviewFilter; readonly empty: boolean }) {
  const { t, language } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const exporting = useMutation({
    mutationFn: () => download(`${REVIEW}/export`, { filter, locale: language }, 'todo.xlsx'),
    onError: fail,
    onSuccess: () => void message.success(t('review.exported')),
  })
  return (
    <Button
      icon={<ExportOutlined />}
      disabled={empty}
      loading={exporting.isPending}
      onClick={() => exporting.mutate()}
    >
      {t('review.export')}
    </Button>
  )
}

const OPEN_SORTS = ['due', 'heat', '-opened', 'opened'] as const
const DONE_SORTS = ['-resolved', '-opened', 'opened'] as const

function ReviewFilters({
  filter,
  onChange,
}: {
  readonly filter: ReviewFilter
  readonly onChange: (change: ReviewChange) => void
}) {
  const { t, word } = useWording()
  const shops = useConnections().filter((connection) => connection.role === 'channel')
  const people = useAssignees()
  const done = filter.resolvedToday !== undefined || filter.state === 'resolved'
  const named = people.find((one) => one.id === filter.owner)
  return (
    <>
      <span data-list-search="" className="hf-search hf-search-narrow">
        <Input
          allowClear
          prefix={<SearchOutlined aria-hidden="true" />}
          aria-label={t('review.search')}
          placeholder={t('review.search')}
          defaultValue={filter.q ?? ''}
          key={filter.q ?? ''}
          onPressEnter={(event) => onChange({ q: event.currentTarget.value.trim() || undefined })}
          onClear={() => onChange({ q: undefined })}
        />
      </span>
      <Select
        className="hf-filter"
        aria-label={t('review.sort')}
        value={filter.sort ?? (done ? '-resolved' : 'due')}
        onChange={(sort: string) => onChange({ sort })}
        options={(done ? DONE_SORTS : OPEN_SORTS).map((value) => ({
          value,
          label: t(`review.sort.${value}`),
        }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter hf-filter-narrow"
        aria-label={t('review.filter.severity')}
        placeholder={t('review.filter.severity')}
        value={filter.severity ?? null}
        onChange={(severity: string | null) => onChange({ severity: severity ?? undefined })}
        options={SEVERITIES.map((value) => ({ value, label: word('caseSeverity', value) }))}
      />
      {shops.length > 1 ? (
        <Select
          allowClear
          className="hf-filter"
          aria-label={t('review.filter.connection')}
          placeholder={t('review.filter.connection')}
          value={filter.connection ?? null}
          onChange={(connection: string | null) => onChange({ connection: connection ?? undefined })}
          options={shops.map(({ id, name }) => ({ value: id, label: name }))}
          popupMatchSelectWidth={false}
        />
      ) : null}
      {named ? <FilterChip text={named.name} onRemove={() => onChange({ owner: undefined })} /> : null}
      {filter.sku ? (
        <FilterChip
          text={t('review.filter.sku', { sku: filter.sku })}
          onRemove={() => onChange({ sku: undefined })}
        />
      ) : null}
    </>
  )
}
