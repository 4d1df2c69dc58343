import { PlusOutlined, ReloadOutlined, ShopOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Input, Popconfirm, Select } from 'antd'
import { useMemo, useState } from 'react'
import {
  LISTING_STATES,
  type Listing,
  type ListingState,
  type ListingSummary,
  SELLABLE,
} from '#/api/channel-stock-types.ts'
import { get, type Query } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useConnections } from '#/api/systems.ts'
import type { ChannelStockFilter, ChannelStockSearch } from '#/app/channel-stock-search.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn, Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { Tone } from '#/theme/palette.ts'
import { CollectDialog, ListingForm } from './listing-dialogs.tsx'
import { WhyDialog } from './told-figures.tsx'
import { useListingChanges } from './use-listing-changes.ts'

export const LISTINGS = `${SELLABLE}/listings`
const TONES: Readonly<Record<ListingState, Tone>> = {
  idle: 'good',
  due: 'wait',
  asked: 'move',
  refused: 'bad',
  unknown: 'wait',
}
const rowKey = (row: Listing) => `${row.connection.id}\n${row.shopSku}`
const rowName = (row: Listing) => `${row.stockSku} ${row.connection.name}`

/** Every listing of every channel: what it should show, what the platform confirmed, and what it said. */
export function ListingTab({ onPolicies }: { readonly onPolicies: () => void }) {
  const { t } = useWording()
  const mayWrite = useCan()('stock:write')
  const {
    tab: _tab,
    order: _order,
    message: _message,
    ...filter
  } = useSearch({ from: '/shell/channel-stock' })
  const navigate = useNavigate({ from: '/channel-stock' })
  const change = (part: { [K in keyof ChannelStockFilter]?: string | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...part }) as ChannelStockSearch, replace: true })
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  const query = useMemo(() => filter as Query, [key])
  const list = useCursorList<Listing>(LISTINGS, query)
  const newRowsText = (n: number) => t('channelStock.newPill', { n })
  const live = useLivePoll<Listing>({ path: LISTINGS, query, list, rowKey, newRowsText })
  const [why, setWhy] = useState<Listing | null>(null)
  const [dialog, setDialog] = useState<'add' | 'collect' | null>(null)
  const columns = useListingColumns(setWhy, list.refresh)
  return (
    <>
      <ListView<Listing>
        name="channel-stock"
        label={t('channelStock.tab.listings')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        live={live}
        onOpen={setWhy}
        filters={<ListingFilters filter={filter} onChange={change} />}
        filtered={Object.keys(filter).length > 0}
        onClearFilters={() => void navigate({ search: {} })}
        tools={() =>
          mayWrite ? (
            <>
              <Button icon={<ShopOutlined />} onClick={() => setDialog('collect')}>
                {t('channelStock.collect')}
              </Button>
              <Button icon={<PlusOutlined />} onClick={() => setDialog('add')}>
                {t('channelStock.add')}
              </Button>
            </>
          ) : null
        }
        empty={
          <TeachingEmpty
            icon={<ShopOutlined />}
            title={t('channelStock.empty.title')}
            hint={t('channelStock.empty.hint')}
          >
            <Button onClick={onPolicies}>{t('channelStock.toPolicies')}</Button>
          </TeachingEmpty>
        }
        {...(mayWrite
          ? { bulk: (selection) => <RetryChosen selection={selection} onDone={list.refresh} /> }
          : {})}
      />
      {why ? <WhyDialog sku={why.stockSku} onClose={() => setWhy(null)} /> : null}
      {dialog === 'collect' ? <CollectDialog onClose={() => setDialog(null)} onDone={list.refresh} /> : null}
      {dialog === 'add' ? <ListingForm onClose={() => setDialog(null)} onDone={list.refresh} /> : null}
    </>
  )
}

function RetryChosen({ selection, onDone }: { readonly selection: Selection; readonly onDone: () => void }) {
  const { t } = useWording()
  const { retry } = useListingChanges(() => {
    selection.clear()
    onDone()
  })
  const chosen = () => {
    const byChannel = new Map<string, string[]>()
    for (const id of selection.ids) {
      const [connectionId = '', shopSku = ''] = id.split('\n')
      byChannel.set(connectionId, [...(byChannel.get(connectionId) ?? []), shopSku])
    }
    for (const [connectionId, shopSkus] of byChannel) retry.mutate({ connectionId, shopSkus })
  }
  return (
    <Button type="primary" icon={<ReloadOutlined />} loading={retry.isPending} onClick={chosen}>
      {t('channelStock.retry')}
    </Button>
  )
}

function ListingFilters({
  filter,
  onChange,
}: {
  readonly filter: ChannelStockFilter
  readonly onChange: (part: { [K in keyof ChannelStockFilter]?: string | undefined }) => void
}) {
  const { t } = useWording()
  const mayWrite = useCan()('stock:write')
  const channels = useConnections().filter((one) => one.role === 'channel')
  const { retry } = useListingChanges(() => undefined)
  const summary = useQuery({
    queryKey: ['listing-summary'],
    queryFn: ({ signal }) => get<ListingSummary>(`${LISTINGS}/summary`, {}, signal),
    refetchInterval: 5_000,
  })
  const counts = new Map<string, number>()
  for (const { connection, states } of summary.data?.items ?? [])
    if (filter.connection === undefined || filter.connection === connection.id)
      for (const [state, count] of Object.entries(states)) counts.set(state, (counts.get(state) ?? 0) + count)
  const failed = (counts.get('refused') ?? 0) + (counts.get('unknown') ?? 0)
  const { connection: connectionId } = filter
  return (
    <>
      <Input.Search
        allowClear
        className="hf-filter"
        style={{ width: 200 }}
        aria-label={t('channelStock.search')}
        placeholder={t('channelStock.search')}
        defaultValue={filter.q ?? ''}
        onSearch={(q) => onChange({ q: q.trim() || undefined })}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('channelStock.filter.connection')}
        placeholder={t('channelStock.filter.connection')}
        value={filter.connection ?? null}
        onChange={(id: string | null) => onChange({ connection: id ?? undefined })}
        options={channels.map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('channelStock.filter.state')}
        placeholder={t('channelStock.filter.state')}
        value={filter.state ?? null}
        onChange={(state: string | null) => onChange({ state: state ?? undefined })}
        options={LISTING_STATES.map((value) => ({
          value,
          label: `${t(`channelStock.state.${value}`)} ${counts.get(value) ?? 0}`,
        }))}
        popupMatchSelectWidth={false}
      />
      {mayWrite && connectionId !== undefined && failed > 0 ? (
        <Button icon={<ReloadOutlined />} onClick={() => retry.mutate({ connectionId })}>
          {t('channelStock.retryAll')}
        </Button>
      ) : null}
    </>
  )
}

function useListingColumns(
  onWhy: (row: Listing) => void,
  onDone: () => void,
): readonly ListColumn<Listing>[] {
  const { t } = useWording()
  const refusal = useRefusalText()
  const mayWrite = useCan()('stock:write')
  const figure = (count: number | null) => <span className="hf-num">{count === null ? '–' : count}</span>
  return [
    {
      key: 'stockSku',
      title: t('channelStock.col.stockSku'),
      width: 150,
      pinned: true,
      render: (row) => <code title={row.stockSku}>{row.stockSku}</code>,
    },
    {
      key: 'shopSku',
      title: t('channelStock.col.shopSku'),
      width: 150,
      render: (row) => <code title={row.shopSku}>{row.shopSku}</code>,
    },
    {
      key: 'connection',
      title: t('channelStock.col.connection'),
      width: 170,
      render: (row) => <span title={row.connection.name}>{row.connection.name}</span>,
    },
    {
      key: 'wanted',
      title: t('channelStock.col.wanted'),
      width: 76,
      align: 'right',
      render: (row) => figure(row.wanted),
    },
    {
      key: 'told',
      title: t('channelStock.col.told'),
      width: 90,
      align: 'right',
      render: (row) =>
        row.told === null && row.state === 'unknown' ? t('channelStock.toldUnknown') : figure(row.told),
    },
    {
      key: 'state',
      title: t('channelStock.col.state'),
      width: 104,
      render: (row) =>
        row.wanted === null ? (
          <Tag tone="muted">{t('channelStock.state.off')}</Tag>
        ) : (
          <Tag tone={TONES[row.state]} dot>
            {t(`channelStock.state.${row.state}`)}
          </Tag>
        ),
    },
    {
      key: 'words',
      title: t('channelStock.col.words'),
      width: 210,
      render: (row) =>
        row.code === null ? null : (
          <span title={`${row.code}: ${row.words}`}>{refusal(row.code, row.words)}</span>
        ),
    },
    {
      key: 'toldAt',
      title: t('channelStock.col.toldAt'),
      width: 96,
      render: (row) => (row.toldAt ? <TimeText at={row.toldAt} /> : null),
    },
    {
      key: 'wantedAt',
      title: t('channelStock.col.wantedAt'),
      width: 96,
      hidden: true,
      render: (row) => (row.wantedAt ? <TimeText at={row.wantedAt} /> : null),
    },
    {
      key: 'ids',
      title: t('channelStock.col.ids'),
      width: 260,
      hidden: true,
      render: (row) => (
        <code>
          {Object.entries(row.ids)
            .map(([name, id]) => `${name}=${id}`)
            .join(' ')}
        </code>
      ),
    },
    {
      key: 'actions',
      title: t('channelStock.col.actions'),
      width: 150,
      render: (row) => (
        <span>
          <button
            type="button"
            className="hf-link"
            onClick={(event) => {
              event.stopPropagation()
              onWhy(row)
            }}
          >
            {t('channelStock.why')}
          </button>{' '}
          {mayWrite ? <RowChanges row={row} onDone={onDone} /> : null}
        </span>
      ),
    },
  ]
}

function RowChanges({ row, onDone }: { readonly row: Listing; readonly onDone: () => void }) {
  const { t } = useWording()
  const { retry, remove } = useListingChanges(onDone)
  const place = { connectionId: row.connection.id, shopSku: row.shopSku }
  return (
    <>
      {row.state === 'refused' || row.state === 'unknown' ? (
        <button
          type="button"
          className="hf-link"
          onClick={(event) => {
            event.stopPropagation()
            retry.mutate({ connectionId: place.connectionId, shopSkus: [place.shopSku] })
          }}
        >
          {t('channelStock.retry')}
        </button>
      ) : null}{' '}
      <Popconfirm
        title={t('channelStock.removeConfirm', { sku: row.shopSku })}
        okText={t('channelStock.remove')}
        cancelText={t('common.cancel')}
        onConfirm={(event) => {
          event?.stopPropagation()
          remove.mutate(place)
        }}
        onCancel={(event) => event?.stopPropagation()}
      >
        <button type="button" className="hf-link" onClick={(event) => event.stopPropagation()}>
          {t('channelStock.remove')}
        </button>
      </Popconfirm>
    </>
  )
}
