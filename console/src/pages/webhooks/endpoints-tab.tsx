import { ApiOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Table } from 'antd'
import { useState } from 'react'
import { type WebhookEndpoint, webhooksQuery } from '#/api/webhook-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useRefusalText } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { EndpointActions } from './endpoint-actions.tsx'
import { EndpointDialog } from './endpoint-dialog.tsx'
import { useEventType } from './event-type.ts'
import { SecretDialog } from './secret-dialog.tsx'
import { useShopName } from './shop-name.ts'

/** Everybody who is told, how it goes, and what a person can do about it. */
export function EndpointsTab() {
  const { t } = useWording()
  const { open } = useSearch({ from: '/shell/webhooks' })
  const navigate = useNavigate({ from: '/webhooks' })
  const { data, error, refetch, isPending } = useQuery({ ...webhooksQuery, refetchInterval: 4_000 })
  const [secret, setSecret] = useState<{ readonly name: string; readonly text: string } | null>(null)
  const show = (id: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, open: id }) as typeof old, replace: true })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const rows = data?.items ?? []
  const chosen = rows.find((one) => one.id === open)
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => show('new')}>
      {t('webhooks.add')}
    </Button>
  )
  return (
    <div className="hf-block">
      {rows.length > 0 ? <div className="hf-block-bar">{add}</div> : null}
      {data !== undefined && rows.length === 0 ? (
        <TeachingEmpty icon={<ApiOutlined />} title={t('webhooks.empty')} hint={t('webhooks.emptyHint')}>
          {add}
        </TeachingEmpty>
      ) : (
        <Endpoints rows={rows} loading={isPending} onOpen={show} onSecret={setSecret} />
      )}
      {open === 'new' || chosen ? (
        <EndpointDialog
          endpoint={chosen ?? null}
          types={data?.types ?? []}
          onClose={() => show(undefined)}
          onSecret={setSecret}
        />
      ) : null}
      {secret ? <SecretDialog name={secret.name} text={secret.text} onClose={() => setSecret(null)} /> : null}
    </div>
  )
}

function Endpoints({
  rows,
  loading,
  onOpen,
  onSecret,
}: {
  readonly rows: readonly WebhookEndpoint[]
  readonly loading: boolean
  readonly onOpen: (id: string) => void
  readonly onSecret: (secret: { readonly name: string; readonly text: string }) => void
}) {
  const { t } = useWording()
  const typeName = useEventType()
  const shopName = useShopName()
  const listed = (all: string, names: readonly string[]) =>
    names.length === 0 ? (
      <span className="hf-faint">{all}</span>
    ) : (
      <span title={names.join('\n')}>
        {names.slice(0, 2).join('、')}
        {names.length > 2 ? ` +${names.length - 2}` : ''}
      </span>
    )
  return (
    <Table<WebhookEndpoint>
      size="small"
      rowKey="id"
      loading={loading}
      dataSource={[...rows]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={[
        {
          title: t('webhooks.name'),
          render: (_, row) => (
            <div className="hf-hook-name">
              <button type="button" className="hf-link-button" onClick={() => onOpen(row.id)}>
                {row.name}
              </button>
              <code className="hf-faint" title={row.url}>
                {row.url}
              </code>
            </div>
          ),
        },
        {
          title: t('webhooks.types'),
          render: (_, row) => listed(t('webhooks.all'), row.types.map(typeName)),
        },
        {
          title: t('webhooks.shops'),
          render: (_, row) => listed(t('webhooks.all'), row.shops.map(shopName)),
        },
        { title: t('webhooks.day'), render: (_, row) => <Day row={row} /> },
        {
          title: t('webhooks.lastOk'),
          render: (_, row) =>
            row.lastOkAt === null ? <span className="hf-faint">—</span> : <TimeText at={row.lastOkAt} />,
        },
        { title: t('webhooks.state'), render: (_, row) => <Standing row={row} /> },
        {
          title: t('webhooks.actions'),
          render: (_, row) => <EndpointActions row={row} onSecret={onSecret} />,
        },
      ]}
    />
  )
}

function Day({ row }: { readonly row: WebhookEndpoint }) {
  const { t, count } = useWording()
  const figure = (state: 'done' | 'pending' | 'failed') => (
    <Link
      to="/webhooks"
      search={{ tab: 'deliveries', endpoint: row.id, state }}
      preload={false}
      className={state === 'failed' && row.day.failed > 0 ? 'hf-num hf-bad-text' : 'hf-num'}
    >
      {t(`webhooks.day.${state}`, { n: count(row.day[state]) })}
    </Link>
  )
  return (
    <span className="hf-hook-day">
      {figure('done')}
      {row.day.pending > 0 ? figure('pending') : null}
      {row.day.failed > 0 ? figure('failed') : null}
    </span>
  )
}

function Standing({ row }: { readonly row: WebhookEndpoint }) {
  const { t } = useWording()
  const refusal = useRefusalText()
  const rotating = row.hasFormerSecret ? <Tag tone="wait">{t('webhooks.twoSecrets')}</Tag> : null
  if (row.stoppedCode !== null)
    return (
      <Tag tone="bad" dot title={refusal(row.stoppedCode, null)}>
        {t('webhooks.stopped')}
      </Tag>
    )
  if (!row.active) return <Tag tone="muted">{t('webhooks.off')}</Tag>
  if (row.failures > 0)
    return (
      <span className="hf-inline">
        <Tag tone="bad" dot>
          {t('webhooks.failing', { n: row.failures })}
        </Tag>
        {row.failingSince === null ? null : (
          <span className="hf-faint">
            {t('webhooks.since')} <TimeText at={row.failingSince} />
          </span>
        )}
      </span>
    )
  return (
    <span className="hf-inline">
      <Tag tone="good" dot>
        {t(row.lastOkAt === null ? 'webhooks.fresh' : 'webhooks.well')}
      </Tag>
      {rotating}
    </span>
  )
}
