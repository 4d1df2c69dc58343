import { NumberOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Input, Skeleton, Table } from 'antd'
import { get } from '#/api/client.ts'
import type { NumberPool } from '#/api/number-pool-types.ts'
import type { NumberPoolsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { PoolDrawer } from './pool-drawer.tsx'
import { ApplicationTag, LeftText, poolQueryKey, StandingTag } from './pool-parts.tsx'

const LIVE_MS = 10_000

/** 号段与余额: what every account has left, how long it lasts, and what is done about it. */
export function NumberPoolsPage() {
  const { t } = useWording()
  const { q, open } = useSearch({ from: '/shell/number-pools' })
  const navigate = useNavigate({ from: '/number-pools' })
  const change = (part: { [K in keyof NumberPoolsPlace]?: NumberPoolsPlace[K] | undefined }) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as NumberPoolsPlace, replace: true })
  const { data, error, refetch } = useQuery({
    queryKey: [poolQueryKey],
    queryFn: ({ signal }) => get<{ items: readonly NumberPool[] }>('/api/number-pools', {}, signal),
    refetchInterval: LIVE_MS,
  })
  const all = data?.items ?? []
  const shown = all.filter((one) =>
    `${one.account} ${one.carrier}`.toLowerCase().includes((q ?? '').toLowerCase()),
  )
  return (
    <div className="hf-page">
      <PageHeader title={t('numberPools.title')} lead={t('numberPools.lead')}>
        {all.length > 0 ? (
          <Input.Search
            allowClear
            defaultValue={q}
            aria-label={t('numberPools.col.account')}
            placeholder={t('numberPools.col.account')}
            onSearch={(text) => change({ q: text === '' ? undefined : text })}
          />
        ) : null}
      </PageHeader>
      {error ? <ProblemNotice error={error} onRetry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 6 }} /> : null}
      {data && all.length === 0 ? (
        <TeachingEmpty
          icon={<NumberOutlined />}
          title={t('numberPools.empty')}
          hint={t('numberPools.emptyHint')}
        >
          <Link to="/waybills" search={{ tab: 'accounts' }}>
            <Button type="primary">{t('numberPools.toAccounts')}</Button>
          </Link>
        </TeachingEmpty>
      ) : null}
      {all.length > 0 ? (
        <>
          <Sums pools={all} />
          <PoolTable pools={shown} onOpen={(id) => change({ open: id })} />
        </>
      ) : null}
      {open === undefined ? null : (
        <PoolDrawer id={open} onClose={() => change({ open: undefined })} onChanged={() => void refetch()} />
      )}
    </div>
  )
}

function Sums({ pools }: { readonly pools: readonly NumberPool[] }) {
  const { t } = useWording()
  const count = (is: (one: NumberPool) => boolean) => pools.filter(is).length
  const [empty, low] = [count((one) => one.standing === 'empty'), count((one) => one.standing === 'low')]
  return (
    <Figures
      items={[
        [t('numberPools.figure.empty'), String(empty), empty > 0 ? 'bad' : undefined],
        [t('numberPools.figure.low'), String(low), low > 0 ? 'wait' : undefined],
        [t('numberPools.figure.fine'), String(count((one) => one.standing === 'fine'))],
        [t('numberPools.figure.asked'), String(count((one) => one.application !== null))],
      ]}
    />
  )
}

function PoolTable({
  pools,
  onOpen,
}: {
  readonly pools: readonly NumberPool[]
  readonly onOpen: (id: string) => void
}) {
  const { t } = useWording()
  return (
    <Table<NumberPool>
      size="small"
      rowKey="accountId"
      dataSource={[...pools]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      onRow={(row) => ({ onClick: () => onOpen(row.accountId), style: { cursor: 'pointer' } })}
      columns={[
        {
          title: t('numberPools.col.account'),
          render: (_, row) => (
            <Button type="link" size="small" style={{ padding: 0 }} onClick={() => onOpen(row.accountId)}>
              {row.account}
            </Button>
          ),
        },
        {
          title: t('numberPools.col.kind'),
          render: (_, row) => `${row.carrier} · ${t(`numberPools.kind.${row.kind}`)}`,
        },
        {
          title: t('numberPools.col.state'),
          render: (_, row) => (
            <span style={{ display: 'inline-flex', gap: 4 }}>
              <StandingTag pool={row} />
              {row.active ? null : <Tag tone="muted">{t('numberPools.off')}</Tag>}
              {row.blockedCode === null ? null : (
                <Tag tone="bad">{t('numberPools.blocked', { code: row.blockedCode })}</Tag>
              )}
            </span>
          ),
        },
        { title: t('numberPools.col.left'), align: 'right', render: (_, row) => <LeftText pool={row} /> },
        {
          title: t('numberPools.col.rate'),
          align: 'right',
          render: (_, row) => <span className="hf-num">{row.perHour.toFixed(1)}</span>,
        },
        {
          title: t('numberPools.col.hours'),
          align: 'right',
          render: (_, row) =>
            row.hoursLeft === null ? (
              <span className="hf-faint">–</span>
            ) : (
              <span className="hf-num">
                {t('numberPools.hours', {
                  hours: row.hoursLeft < 10 ? row.hoursLeft.toFixed(1) : Math.round(row.hoursLeft),
                })}
              </span>
            ),
        },
        {
          title: t('numberPools.col.over'),
          render: (_, row) =>
            row.failOverTo?.account ?? <span className="hf-faint">{t('numberPools.none')}</span>,
        },
        {
          title: t('numberPools.col.application'),
          render: (_, row) =>
            row.application === null ? null : <ApplicationTag state={row.application.state} />,
        },
      ]}
    />
  )
}
