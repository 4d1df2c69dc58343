import { FieldTimeOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Segmented, Select } from 'antd'
import { useMemo } from 'react'
import { get, type Query } from '#/api/client.ts'
import {
  BUCKETS,
  type Bucket,
  KEEPS,
  PROMISE_STATES,
  PROMISES,
  type PromiseSummary,
  type QueueItem,
} from '#/api/promise-types.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import type { PromiseFilter } from '#/app/page-searches.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { moneyText } from '#/lib/money.ts'
import { Countdown } from '#/parts/countdown.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { MoneyText, TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const rowKey = (row: QueueItem) => `${row.orderId} ${row.source}`
const rowName = (row: QueueItem) => row.orderNo
const openId = (row: QueueItem) => row.orderId
type Change = { [K in keyof PromiseFilter]?: PromiseFilter[K] | undefined }

/** Minutes that a tile of the summary filters by; what is later has no end. */
const WITHIN: Readonly<Record<Bucket, string | undefined>> = {
  breached: undefined,
  hour: '60',
  four_hours: '240',
  day: '1440',
  later: undefined,
}

/** Every open promise, the most urgent or the dearest first. */
export function DeadlineQueue({ onAddRule }: { readonly onAddRule: () => void }) {
  const { t } = useWording()
  const can = useCan()
  const { order, message: _message, tab: _tab, ...filter } = useSearch({ from: '/shell/promises' })
  const navigate = useNavigate({ from: '/promises' })
  const change = (part: Change) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as PromiseFilter, replace: true })
  }
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<QueueItem>(PROMISES, query)
  const summary = useQuery({
    queryKey: ['promises-summary'],
    queryFn: ({ signal }) => get<PromiseSummary>(`${PROMISES}/summary`, {}, signal),
    refetchInterval: 10_000,
  })
  const columns = useQueueColumns()
  return (
    <>
      <Buckets summary={summary.data} filter={filter} onPick={change} />
      <ListView<QueueItem>
        name="promises"
        label={t('promises.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openId={openId}
        openKey={order}
        list={list}
        onOpen={(row) => void navigate({ search: (old) => ({ ...old, order: row.orderId }) })}
        filters={<Filters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).some((name) => name !== 'sort')}
        onClearFilters={() => void navigate({ search: {} })}
        empty={
          <TeachingEmpty
            icon={<FieldTimeOutlined />}
            title={t('promises.empty.title')}
            hint={t('promises.empty.hint')}
          >
            {can('promises:write') ? (
              <Button type="primary" onClick={onAddRule}>
                {t('promises.addRule')}
              </Button>
            ) : null}
          </TeachingEmpty>
        }
      />
    </>
  )
}

function Buckets({
  summary,
  filter,
  onPick,
}: {
  readonly summary: PromiseSummary | undefined
  readonly filter: PromiseFilter
  readonly onPick: (change: Change) => void
}) {
  const { t, count } = useWording()
  const isOn = (bucket: Bucket): boolean =>
    bucket === 'breached'
      ? filter.state === 'breached'
      : WITHIN[bucket] !== undefined && filter.within === WITHIN[bucket]
  return (
    <div className="hf-tiles">
      {BUCKETS.map((bucket) => {
        const total = summary?.buckets.find((one) => one.bucket === bucket)
        const urgent = (bucket === 'breached' || bucket === 'hour') && (total?.count ?? 0) > 0
        return (
          <button
            key={bucket}
            type="button"
            className={`hf-tile ${isOn(bucket) ? 'hf-tile-on' : ''}`}
            aria-pressed={isOn(bucket)}
            disabled={bucket === 'later'}
            onClick={() =>
              onPick(
                isOn(bucket)
                  ? { state: undefined, within: undefined }
                  : { state: bucket === 'breached' ? 'breached' : 'running', within: WITHIN[bucket] },
              )
            }
          >
            <span>{t(`promises.bucket.${bucket}`)}</span>
            <b className={`hf-num ${urgent ? (bucket === 'breached' ? 'hf-text-bad' : 'hf-text-wait') : ''}`}>
              {total ? count(total.count) : '–'}
            </b>
            <small className="hf-faint">
              {total && total.penalties.length > 0
                ? t('promises.bucketPenalty', { amount: total.penalties.map(moneyText).join(' · ') })
                : null}
            </small>
          </button>
        )
      })}
    </div>
  )
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: PromiseFilter
  readonly onChange: (change: Change) => void
}) {
  const { t, word, duration } = useWording()
  const connections = useConnections().filter((connection) => connection.role === 'channel')
  return (
    <>
      <Segmented
        aria-label={t('promises.sort')}
        value={filter.sort ?? 'due'}
        onChange={(sort) => onChange({ sort: sort === 'due' ? undefined : String(sort) })}
        options={(['due', 'penalty'] as const).map((value) => ({
          value,
          label: t(`promises.sort.${value}`),
        }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('promises.filter.connection')}
        placeholder={t('promises.filter.connection')}
        value={filter.connection ?? null}
        onChange={(connection: string | null) => onChange({ connection: connection ?? undefined })}
        options={connections.map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('promises.filter.keeps')}
        placeholder={t('promises.filter.keeps')}
        value={filter.keeps ?? null}
        onChange={(keeps: string | null) => onChange({ keeps: keeps ?? undefined })}
        options={KEEPS.map((value) => ({ value, label: word('promiseKeeps', value) }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('promises.filter.state')}
        placeholder={t('promises.filter.state')}
        value={filter.state ?? null}
        onChange={(state: string | null) => onChange({ state: state ?? undefined })}
        options={PROMISE_STATES.map((value) => ({ value, label: word('promiseState', value) }))}
      />
      {filter.within ? (
        <FilterChip
          text={t('promises.filter.within', { t: duration(Number(filter.within) * 60) })}
          onRemove={() => onChange({ within: undefined })}
        />
      ) : null}
    </>
  )
}

function useQueueColumns(): readonly ListColumn<QueueItem>[] {
  const wording = useWording()
  return useMemo(() => queueColumns(wording), [wording])
}

const OPEN: readonly string[] = ['running', 'breached']

function queueColumns({ t, word }: Wording): readonly ListColumn<QueueItem>[] {
  const column = (
    key: string,
    width: number,
    render: ListColumn<QueueItem>['render'],
    more: Partial<ListColumn<QueueItem>> = {},
  ): ListColumn<QueueItem> => ({
    key,
    title: t(`promises.col.${key}` as 'promises.col.left'),
    width,
    render,
    ...more,
  })
  return [
    column('orderNo', 200, (row) => <OrderLink row={row} />, { pinned: true }),
    column('left', 132, (row) =>
      OPEN.includes(row.state) ? (
        <Countdown dueAt={row.dueAt} warnAt={row.warnAt} />
      ) : (
        <CodeTag family="promiseState" code={row.state} />
      ),
    ),
    column('penalty', 96, (row) => <MoneyText money={row.penalty} />, { align: 'right' }),
    column('keeps', 80, (row) => word('promiseKeeps', row.keeps)),
    column('dueAt', 98, (row) => <TimeText at={row.dueAt} />),
    column('status', 124, (row) => <CodeTag family="status" code={row.status} dot />),
    column('connection', 130, (row) => <span title={row.connection.name}>{row.connection.name}</span>),
    column('goods', 200, (row) => <Goods row={row} />),
    column('source', 150, (row) => <SourceText row={row} />),
    column('startsAt', 98, (row) => <TimeText at={row.startsAt} />, { hidden: true }),
    column('region', 110, (row) => row.region, { hidden: true }),
  ]
}

function OrderLink({ row }: { readonly row: QueueItem }) {
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: row.orderId })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}

function Goods({ row }: { readonly row: QueueItem }) {
  return (
    <span title={row.firstTitle ?? ''}>
      {row.itemCount > 1 ? <span className="hf-faint hf-num">{row.itemCount}× </span> : null}
      {row.firstTitle}
    </span>
  )
}

/** The rule that set the deadline, or the platform itself. */
export function SourceText({ row }: { readonly row: Pick<QueueItem, 'source' | 'ruleName'> }) {
  const { t } = useWording()
  const text =
    row.ruleName ??
    t(row.source === 'platform:deliver_by' ? 'promises.source.deliver_by' : 'promises.source.ship_by')
  return <span title={text}>{text}</span>
}
