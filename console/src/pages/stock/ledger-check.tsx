import { AuditOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Table } from 'antd'
import type { ReactNode } from 'react'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime } from '#/parts/time-text.tsx'

type Words = { readonly zh: string; readonly en: string }
type LedgerCheck = {
  readonly id: string
  readonly at: string
  readonly tookMs: number
  readonly levels: number
  readonly holds: number
  readonly faults: readonly Words[]
  readonly repairedAt: string | null
  readonly repairedBy: string | null
}
const PATH = '/api/stock/ledger-checks'

/** Whether the ledger balances: the hourly looks, a look now, and the repair that says what it will do. */
export function LedgerCheckList({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['ledger-checks'],
    queryFn: async ({ signal }) => (await get<{ items: readonly LedgerCheck[] }>(PATH, {}, signal)).items,
    refetchInterval: 30_000,
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <>
      {tabs}
      <div className="hf-section-tools">
        <span className="hf-faint">{t('ledger.hint')}</span>
        <LedgerButtons latest={data?.[0]} />
      </div>
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<AuditOutlined />}
          title={t('ledger.empty.title')}
          hint={t('ledger.empty.hint')}
        />
      ) : (
        <LedgerTable checks={data ?? []} loading={isPending} />
      )}
    </>
  )
}

function LedgerButtons({ latest }: { readonly latest: LedgerCheck | undefined }) {
  const { t, pick } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message, modal } = App.useApp()
  const refresh = () => client.invalidateQueries({ queryKey: ['ledger-checks'] })
  const look = useMutation({
    mutationFn: () => write<{ faults: readonly Words[] }>('POST', PATH),
    onError: fail,
    onSuccess: refresh,
  })
  const repair = useMutation({
    mutationFn: () => write<{ changed: number }>('POST', `${PATH}/repair`),
    onError: fail,
    onSuccess: ({ changed }) => {
      void refresh()
      void message.success(changed === 0 ? t('ledger.nothing') : t('ledger.repaired', { n: changed }))
    },
  })
  const differs = latest !== undefined && latest.faults.length > 0 && latest.repairedAt === null
  const confirm = () =>
    modal.confirm({
      title: t('ledger.repairTitle'),
      width: 640,
      okText: t('ledger.repair'),
      cancelText: t('common.cancel'),
      content: (
        <>
          <p>{t('ledger.repairHint')}</p>
          <FaultList faults={latest?.faults ?? []} pick={pick} />
        </>
      ),
      onOk: () => repair.mutateAsync().catch(() => undefined),
    })
  return (
    <span className="hf-tags">
      {differs && can('stock:approve') ? (
        <Button danger loading={repair.isPending} onClick={confirm}>
          {t('ledger.repair')}
        </Button>
      ) : null}
      {can('stock:write') ? (
        <Button type="primary" loading={look.isPending} onClick={() => look.mutate()}>
          {t('ledger.lookNow')}
        </Button>
      ) : null}
    </span>
  )
}

function FaultList({
  faults,
  pick,
}: {
  readonly faults: readonly Words[]
  readonly pick: (words: Words) => string
}) {
  return (
    <ul className="hf-alarm-events">
      {faults.slice(0, 50).map((fault) => (
        <li key={fault.en}>{pick(fault)}</li>
      ))}
    </ul>
  )
}

function LedgerTable({
  checks,
  loading,
}: {
  readonly checks: readonly LedgerCheck[]
  readonly loading: boolean
}) {
  const { t, pick, count } = useWording()
  return (
    <Table<LedgerCheck>
      size="small"
      rowKey="id"
      loading={loading}
      pagination={false}
      dataSource={[...checks]}
      expandable={{
        rowExpandable: (one) => one.faults.length > 0,
        expandedRowRender: (one) => <FaultList faults={one.faults} pick={pick} />,
      }}
      columns={[
        { title: t('ledger.col.at'), key: 'at', width: 190, render: (_, one) => <FullTime at={one.at} /> },
        {
          title: t('ledger.col.result'),
          key: 'result',
          render: (_, one) =>
            one.faults.length === 0 ? (
              t('ledger.balanced', { levels: count(one.levels), holds: count(one.holds) })
            ) : (
              <Tag tone="bad">{t('ledger.differs', { n: one.faults.length })}</Tag>
            ),
        },
        {
          title: t('ledger.col.took'),
          key: 'took',
          width: 90,
          align: 'right',
          render: (_, one) => <span className="hf-num">{count(one.tookMs)} ms</span>,
        },
        {
          title: t('ledger.col.repaired'),
          key: 'repaired',
          width: 220,
          render: (_, one) =>
            one.repairedAt === null ? null : (
              <>
                <FullTime at={one.repairedAt} /> {one.repairedBy}
              </>
            ),
        },
      ]}
    />
  )
}
