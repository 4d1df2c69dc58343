import { SearchOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Select } from 'antd'
import { useMemo } from 'react'
import type { Query } from '#/api/client.ts'
import { ASK_OUTCOMES, POLLS, type PollAsk } from '#/api/poll-types.ts'
import type { PollsSearch } from '#/app/page-searches.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { OutcomeTag, ruleText } from './outcome-tag.tsx'
import { usePolls } from './use-polls.ts'

const ASKS = `${POLLS}/asks`
const rowKey = (row: PollAsk) => row.id
const rowName = (row: PollAsk) => row.orderNo ?? row.subject ?? row.id
const openId = (row: PollAsk) => row.orderId ?? row.id

/** Every question and what came of it, newest first. */
export function AsksTab() {
  const wording = useWording()
  const { t } = wording
  const { connection, outcome, order } = useSearch({ from: '/shell/polls' })
  const navigate = useNavigate({ from: '/polls' })
  const query = useMemo<Query>(() => ({ connection, outcome }), [connection, outcome])
  const list = useCursorList<PollAsk>(ASKS, query)
  const live = useLivePoll<PollAsk>({
    path: ASKS,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('polls.asks.new', { n: n >= 100 ? '100+' : n }),
  })
  const columns = useMemo(() => askColumns(wording), [wording])
  const change = (part: { [K in keyof PollsSearch]?: PollsSearch[K] | undefined }) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as PollsSearch, replace: true })
  return (
    <ListView<PollAsk>
      name="poll-asks"
      label={t('polls.tab.asks')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowName}
      openId={openId}
      openKey={order}
      list={list}
      live={live}
      onOpen={(row) => {
        if (row.orderId) void navigate({ search: (old) => ({ ...old, order: row.orderId as string }) })
      }}
      filters={<Filters connection={connection} outcome={outcome} onChange={change} />}
      filtered={connection !== undefined || outcome !== undefined}
      onClearFilters={() => change({ connection: undefined, outcome: undefined })}
      empty={
        <TeachingEmpty
          icon={<SearchOutlined />}
          title={t('polls.asks.empty.title')}
          hint={t('polls.asks.empty.hint')}
        />
      }
    />
  )
}

function Filters({
  connection,
  outcome,
  onChange,
}: {
  readonly connection: string | undefined
  readonly outcome: string | undefined
  readonly onChange: (part: { connection?: string | undefined; outcome?: string | undefined }) => void
}) {
  const { t } = useWording()
  const polls = usePolls()
  return (
    <>
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('polls.asks.filter.connection')}
        placeholder={t('polls.asks.filter.connection')}
        value={connection ?? null}
        onChange={(value: string | null) => onChange({ connection: value ?? undefined })}
        options={(polls.data?.items ?? []).map(({ connection: one }) => ({ value: one.id, label: one.name }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('polls.asks.filter.outcome')}
        placeholder={t('polls.asks.filter.outcome')}
        value={outcome ?? null}
        onChange={(value: string | null) => onChange({ outcome: value ?? undefined })}
        options={ASK_OUTCOMES.map((value) => ({ value, label: t(`polls.outcome.${value}`) }))}
      />
    </>
  )
}

function askColumns({ t }: Wording): readonly ListColumn<PollAsk>[] {
  return [
    { key: 'at', title: t('polls.asks.col.at'), width: 104, render: (row) => <TimeText at={row.at} /> },
    {
      key: 'order',
      title: t('polls.asks.col.order'),
      width: 180,
      pinned: true,
      render: (row) => <OrderLink row={row} />,
    },
    {
      key: 'subject',
      title: t('polls.asks.col.subject'),
      width: 160,
      render: (row) => <span className="hf-num">{row.subject}</span>,
    },
    {
      key: 'connection',
      title: t('polls.asks.col.connection'),
      width: 130,
      render: (row) => <span title={row.connection.name}>{row.connection.name}</span>,
    },
    { key: 'rule', title: t('polls.asks.col.rule'), width: 120, render: (row) => ruleText(t, row.rule) },
    {
      key: 'outcome',
      title: t('polls.asks.col.outcome'),
      width: 120,
      render: (row) => <OutcomeTag outcome={row.outcome} />,
    },
    {
      key: 'words',
      title: t('polls.asks.col.words'),
      width: 300,
      render: (row) => <Words row={row} />,
    },
  ]
}

function OrderLink({ row }: { readonly row: PollAsk }) {
  if (row.orderId === null) return <span className="hf-num">{row.orderNo}</span>
  const { orderId } = row
  return (
    <Link
      to="."
      search={(previous) => ({ ...previous, order: orderId })}
      preload={false}
      className="hf-num hf-order-no"
    >
      {row.orderNo}
    </Link>
  )
}

function Words({ row }: { readonly row: PollAsk }) {
  const { t } = useWording()
  const refusalText = useRefusalText()
  if (row.facts > 0) return t('polls.facts', { n: row.facts })
  const text = row.code ? refusalText(row.code, null) : row.words
  return (
    <span className="hf-faint" title={[row.code, row.words].filter(Boolean).join(': ')}>
      {text}
    </span>
  )
}
