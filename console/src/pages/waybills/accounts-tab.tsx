import { BarcodeOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { App, Button, Table } from 'antd'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { accountsQuery, type CarrierAccount, makersQuery } from '#/api/waybill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { CarrierName } from '#/parts/carrier-name.tsx'
import { ProblemNotice, useProblemToast, useRefusalText } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { useWarehouseName } from '#/parts/warehouse-name.tsx'
import { AccountDialog } from './account-dialog.tsx'

/** The accounts that make waybills, in the order in which they are asked. */
export function AccountsTab() {
  const { t } = useWording()
  const can = useCan()
  const { open } = useSearch({ from: '/shell/waybills' })
  const navigate = useNavigate({ from: '/waybills' })
  const accounts = useQuery({ ...accountsQuery, refetchInterval: 5_000 })
  const makers = useQuery(makersQuery)
  const show = (id: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, open: id }) as typeof old, replace: true })
  if (accounts.error) return <ProblemNotice error={accounts.error} onRetry={() => void accounts.refetch()} />
  const rows = accounts.data ?? []
  const noMaker = makers.data !== undefined && makers.data.length === 0
  const chosen = rows.find((one) => one.id === open)
  return (
    <div className="hf-block">
      {can('parcels:write') && rows.length > 0 ? (
        <div className="hf-block-bar">
          <Button type="primary" icon={<PlusOutlined />} onClick={() => show('new')} disabled={noMaker}>
            {t('waybills.accounts.add')}
          </Button>
        </div>
      ) : null}
      {accounts.data !== undefined && rows.length === 0 ? (
        <TeachingEmpty
          icon={<BarcodeOutlined />}
          title={t('waybills.accounts.empty')}
          hint={t(noMaker ? 'waybills.accounts.noMaker' : 'waybills.accounts.emptyHint')}
        >
          {noMaker ? (
            <Button type="primary" onClick={() => void navigate({ to: '/connections' })}>
              {t('waybills.accounts.toConnections')}
            </Button>
          ) : can('parcels:write') ? (
            <Button type="primary" onClick={() => show('new')}>
              {t('waybills.accounts.add')}
            </Button>
          ) : null}
        </TeachingEmpty>
      ) : (
        <Accounts rows={rows} loading={accounts.isPending} onOpen={show} />
      )}
      {open === 'new' || chosen ? (
        <AccountDialog account={chosen ?? null} makers={makers.data ?? []} onClose={() => show(undefined)} />
      ) : null}
    </div>
  )
}

function Accounts({
  rows,
  loading,
  onOpen,
}: {
  readonly rows: readonly CarrierAccount[]
  readonly loading: boolean
  readonly onOpen: (id: string) => void
}) {
  const { t, count } = useWording()
  const can = useCan()
  const warehouse = useWarehouseName()
  return (
    <Table<CarrierAccount>
      size="small"
      rowKey="id"
      loading={loading}
      dataSource={[...rows]}
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={[
        {
          title: t('waybills.accounts.name'),
          render: (_, row) =>
            can('parcels:write') ? (
              <button type="button" className="hf-link-button" onClick={() => onOpen(row.id)}>
                {row.name}
              </button>
            ) : (
              row.name
            ),
        },
        { title: t('waybills.accounts.carrier'), render: (_, row) => <CarrierName code={row.carrier} /> },
        {
          title: t('waybills.accounts.connection'),
          render: (_, row) => row.connectionName ?? row.connectionId,
        },
        {
          title: t('waybills.accounts.warehouses'),
          render: (_, row) =>
            row.warehouses.length === 0
              ? t('waybills.accounts.allWarehouses')
              : row.warehouses.map(warehouse).join('、'),
        },
        { title: t('waybills.accounts.priority'), align: 'right', dataIndex: 'priority' },
        { title: t('waybills.accounts.mode'), render: (_, row) => t(`waybills.accounts.mode.${row.mode}`) },
        {
          title: t('waybills.accounts.left'),
          align: 'right',
          render: (_, row) =>
            row.left === null ? (
              '—'
            ) : (
              <span className={row.isLow ? 'hf-bad-text hf-num' : 'hf-num'}>{count(row.left)}</span>
            ),
        },
        {
          title: t('waybills.accounts.today'),
          render: (_, row) =>
            t('waybills.accounts.todayLine', { ok: row.issuedToday, bad: row.refusedToday }),
        },
        { title: t('waybills.col.state'), render: (_, row) => <Standing row={row} /> },
      ]}
    />
  )
}

function Standing({ row }: { readonly row: CarrierAccount }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const refusal = useRefusalText()
  const resume = useMutation({
    mutationFn: () => write('POST', `/api/carrier-accounts/${row.id}/resume`, {}),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('waybills.done'))
      await client.invalidateQueries({ queryKey: accountsQuery.queryKey })
    },
  })
  if (!row.active) return <Tag tone="muted">{t('waybills.accounts.inactive')}</Tag>
  if (row.blockedCode !== null)
    return (
      <span className="hf-inline">
        <Tag tone="bad" dot title={refusal(row.blockedCode, null)}>
          {t('waybills.accounts.blocked')}
        </Tag>
        <span className="hf-faint">{refusal(row.blockedCode, null)}</span>
        {can('parcels:write') ? (
          <Button size="small" loading={resume.isPending} onClick={() => resume.mutate()}>
            {t('waybills.accounts.resume')}
          </Button>
        ) : null}
      </span>
    )
  return row.isAway ? (
    <Tag tone="wait">{t('waybills.accounts.away')}</Tag>
  ) : (
    <Tag tone="good" dot>
      {t('waybills.accounts.well')}
    </Tag>
  )
}
