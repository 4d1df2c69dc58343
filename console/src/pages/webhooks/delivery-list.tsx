import { SendOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button, Input, Select } from 'antd'
import { useMemo } from 'react'
import { write } from '#/api/client.ts'
import {
  DELIVERY_STATES,
  type DeliveryState,
  type WebhookDelivery,
  webhooksQuery,
} from '#/api/webhook-types.ts'
import type { WebhooksPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn, Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { DeliveryDrawer } from './delivery-drawer.tsx'
import { DeliveryTag } from './delivery-tag.tsx'
import { useEventType } from './event-type.ts'

const DELIVERIES = '/api/webhooks/deliveries'
const VIEWS = ['all', ...DELIVERY_STATES] as const
type Change = { [K in keyof WebhooksPlace]?: WebhooksPlace[K] | undefined }
const rowKey = (row: WebhookDelivery) => row.id
const rowName = (row: WebhookDelivery) => `${row.type} ${row.orderNo ?? row.trackingNo ?? row.messageId}`

function viewOf(state: string | undefined): 'all' | DeliveryState {
  return VIEWS.find((one) => one === state) ?? 'all'
}

/** Everything that was sent, the newest first. */
export function DeliveryList() {
  const { t } = useWording()
  const { q, state, endpoint, type, open } = useSearch({ from: '/shell/webhooks' })
  const navigate = useNavigate({ from: '/webhooks' })
  const change = (part: Change) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as WebhooksPlace, replace: true })
  const view = viewOf(state)
  const query = useMemo(
    () => ({ q, endpoint, type, state: view === 'all' ? undefined : view }),
    [q, endpoint, type, view],
  )
  const list = useCursorList<WebhookDelivery>(DELIVERIES, query)
  const live = useLivePoll<WebhookDelivery>({
    path: DELIVERIES,
    query,
    list,
    rowKey,
    newRowsText: (n) => t('webhooks.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const columns = useDeliveryColumns()
  return (
    <>
      <ListView<WebhookDelivery>
        name="webhook-deliveries"
        label={t('webhooks.tab.deliveries')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={open}
        list={list}
        live={live}
        onOpen={(row) => change({ open: row.id })}
        onView={(index) => {
          const one = VIEWS[index]
          if (one !== undefined) change({ state: one === 'all' ? undefined : one })
        }}
        views={<Views active={view} />}
        filters={<Filters filter={{ q, endpoint, type }} onChange={change} />}
        filtered={[q, endpoint, type, state].some((one) => one !== undefined)}
        onClearFilters={() => void navigate({ search: { tab: 'deliveries' } })}
        empty={
          <TeachingEmpty
            icon={<SendOutlined />}
            title={t('webhooks.deliveries.empty')}
            hint={t('webhooks.deliveries.emptyHint')}
          >
            <Button type="primary" onClick={() => void navigate({ search: {} })}>
              {t('webhooks.toEndpoints')}
            </Button>
          </TeachingEmpty>
        }
        bulk={(selection) => <Bulk selection={selection} onDone={list.refresh} />}
      />
      {open ? (
        <DeliveryDrawer
          key={open}
          id={open}
          onClose={() => change({ open: undefined })}
          onChanged={list.refresh}
        />
      ) : null}
    </>
  )
}

/** The most that one request takes. */
const AT_ONCE = 500

function Bulk({ selection, onDone }: { readonly selection: Selection; readonly onDone: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const replay = useMutation({
    mutationFn: async () => {
      let sent = 0
      for (let from = 0; from < selection.ids.length; from += AT_ONCE) {
        const ids = selection.ids.slice(from, from + AT_ONCE)
        sent += (await write<{ sent: number }>('POST', `${DELIVERIES}/replay`, { ids })).sent
      }
      return sent
    },
    onError: fail,
    onSuccess: (n) => {
      void message.success(t('webhooks.replayed', { n }))
      selection.clear()
      onDone()
    },
  })
  return (
    <Button type="primary" loading={replay.isPending} onClick={() => replay.mutate()}>
      {t('webhooks.replay')}
    </Button>
  )
}

function useDeliveryColumns(): readonly ListColumn<WebhookDelivery>[] {
  const { t, language } = useWording()
  const typeName = useEventType()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words change with the language alone
  return useMemo(
    () => [
      {
        key: 'type',
        title: t('webhooks.col.type'),
        width: 160,
        pinned: true,
        render: (row) => <span title={row.type}>{typeName(row.type)}</span>,
      },
      {
        key: 'state',
        title: t('webhooks.state'),
        width: 96,
        render: (row) => <DeliveryTag state={row.state} />,
      },
      { key: 'endpoint', title: t('webhooks.col.endpoint'), width: 120, render: (row) => row.endpoint },
      {
        key: 'order',
        title: t('webhooks.col.order'),
        width: 190,
        render: (row) => <span className="hf-num">{row.orderNo}</span>,
      },
      {
        key: 'parcel',
        title: t('webhooks.col.parcel'),
        width: 150,
        render: (row) => <span className="hf-num">{row.trackingNo}</span>,
      },
      {
        key: 'answer',
        title: t('webhooks.col.answer'),
        width: 130,
        render: (row) => (
          <span className={row.state === 'failed' ? 'hf-bad-text' : 'hf-faint'} title={row.words}>
            {row.words}
          </span>
        ),
      },
      {
        key: 'attempts',
        title: t('webhooks.col.attempts'),
        width: 64,
        align: 'right',
        render: (row) => (
          <span className="hf-num">
            {row.attempts}
            {row.replays > 0 ? ` ↻${row.replays}` : ''}
          </span>
        ),
      },
      {
        key: 'ms',
        title: t('webhooks.col.ms'),
        width: 80,
        align: 'right',
        render: (row) => (row.ms === null ? null : <span className="hf-num">{`${row.ms} ms`}</span>),
      },
      { key: 'at', title: t('webhooks.col.at'), width: 96, render: (row) => <TimeText at={row.at} /> },
      {
        key: 'lastAt',
        title: t('webhooks.col.lastAt'),
        width: 96,
        render: (row) => (row.lastAt === null ? null : <TimeText at={row.lastAt} />),
      },
      {
        key: 'messageId',
        title: 'webhook-id',
        width: 290,
        hidden: true,
        render: (row) => <code>{row.messageId}</code>,
      },
    ],
    [language],
  )
}

function Views({ active }: { readonly active: 'all' | DeliveryState }) {
  const { t } = useWording()
  return (
    <nav className="hf-views" aria-label={t('webhooks.views')}>
      <ul className="hf-views-flat">
        {VIEWS.map((view) => (
          <li key={view}>
            <Link
              from="/webhooks"
              to="/webhooks"
              search={({ state: _state, open: _open, ...rest }) => ({
                ...rest,
                ...(view === 'all' ? {} : { state: view }),
              })}
              preload={false}
              className="hf-view"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{}}
              aria-current={view === active ? 'page' : undefined}
            >
              {t(`webhooks.view.${view}`)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: Pick<Change, 'q' | 'endpoint' | 'type'>
  readonly onChange: (change: Change) => void
}) {
  const { t } = useWording()
  const typeName = useEventType()
  const { data } = useQuery(webhooksQuery)
  return (
    <>
      <Input.Search
        allowClear
        className="hf-filter-wide"
        style={{ width: 250 }}
        placeholder={t('webhooks.filter.q')}
        aria-label={t('webhooks.filter.q')}
        defaultValue={filter.q}
        onSearch={(q) => onChange({ q: q.trim() === '' ? undefined : q.trim() })}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('webhooks.col.endpoint')}
        placeholder={t('webhooks.col.endpoint')}
        value={filter.endpoint ?? null}
        onChange={(endpoint: string | null) => onChange({ endpoint: endpoint ?? undefined })}
        options={(data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        popupMatchSelectWidth={false}
      />
      <Select
        allowClear
        showSearch
        optionFilterProp="label"
        className="hf-filter"
        aria-label={t('webhooks.col.type')}
        placeholder={t('webhooks.col.type')}
        value={filter.type ?? null}
        onChange={(type: string | null) => onChange({ type: type ?? undefined })}
        options={[...(data?.types ?? []), 'webhook.test'].map((type) => ({
          value: type,
          label: typeName(type),
        }))}
        popupMatchSelectWidth={false}
      />
    </>
  )
}
