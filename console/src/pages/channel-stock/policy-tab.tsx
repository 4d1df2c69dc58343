import { PlusOutlined, SlidersOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import { type ChannelPolicy, type Policies, type PolicyDraft, SELLABLE } from '#/api/channel-stock-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { PolicyForm } from './policy-form.tsx'

export const POLICIES = `${SELLABLE}/policies`
const NEW: PolicyDraft = {
  connectionId: '',
  sku: '*',
  warehouses: [],
  shareBps: 10_000,
  floor: 0,
  cap: null,
  zeroAt: 0,
  push: true,
  active: true,
}

/** How much of the stock each channel may see. */
export function PolicyTab() {
  const { t } = useWording()
  const can = useCan()
  const [edited, setEdited] = useState<{ readonly id: string | null; readonly draft: PolicyDraft } | null>(
    null,
  )
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['channel-policies'],
    queryFn: ({ signal }) => get<Policies>(POLICIES, {}, signal),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const add = can('stock:write') ? (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited({ id: null, draft: NEW })}>
      {t('channelStock.policy.add')}
    </Button>
  ) : null
  return (
    <div className="hf-tab-body">
      {data?.items.length === 0 ? (
        <TeachingEmpty
          icon={<SlidersOutlined />}
          title={t('channelStock.policies.empty.title')}
          hint={t('channelStock.policies.empty.hint')}
        >
          {add}
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">{add}</div>
          <OverShares overShares={data?.overShares ?? []} />
          <PolicyTable
            policies={data?.items ?? []}
            loading={isPending}
            onEdit={(policy) => setEdited({ id: policy.id, draft: draftOf(policy) })}
          />
        </>
      )}
      {edited ? <PolicyForm id={edited.id} initial={edited.draft} onClose={() => setEdited(null)} /> : null}
    </div>
  )
}

function draftOf(policy: ChannelPolicy): PolicyDraft {
  const {
    id: _i,
    connectionName: _n,
    canTell: _c,
    listings: _l,
    updatedBy: _b,
    updatedAt: _a,
    ...draft
  } = policy
  return draft
}

function OverShares({ overShares }: Pick<Policies, 'overShares'>) {
  const { t } = useWording()
  if (overShares.length === 0) return null
  return (
    <Alert
      showIcon
      type="warning"
      style={{ marginBottom: 12 }}
      title={t('channelStock.over.title')}
      description={overShares.map((one) => (
        <div key={one.sku}>
          {t('channelStock.over.line', {
            sku: one.sku === '*' ? t('channelStock.policy.allSkus') : one.sku,
            channels: one.connections.map((connection) => connection.name).join(' + '),
            share: one.shareBps / 100,
            where: one.warehouse === null ? '' : t('channelStock.over.at', { warehouse: one.warehouse }),
          })}
        </div>
      ))}
    />
  )
}

function PolicyTable({
  policies,
  loading,
  onEdit,
}: {
  readonly policies: readonly ChannelPolicy[]
  readonly loading: boolean
  readonly onEdit: (policy: ChannelPolicy) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: (id: string) => write('DELETE', `${POLICIES}/${id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['channel-policies'] }),
  })
  const number = (key: 'floor' | 'cap' | 'zeroAt') => ({
    title: t(`channelStock.policy.${key}`),
    key,
    width: 100,
    align: 'right' as const,
    render: (_: unknown, policy: ChannelPolicy) => <span className="hf-num">{policy[key] ?? '–'}</span>,
  })
  return (
    <Table<ChannelPolicy>
      size="small"
      rowKey="id"
      loading={loading}
      pagination={false}
      scroll={{ x: 1_100 }}
      dataSource={[...policies]}
      columns={[
        {
          title: t('channelStock.col.connection'),
          dataIndex: 'connectionName',
          key: 'connection',
          width: 200,
        },
        {
          title: t('channelStock.policy.sku'),
          key: 'sku',
          width: 140,
          render: (_, { sku }) => (sku === '*' ? t('channelStock.policy.allSkus') : <code>{sku}</code>),
        },
        {
          title: t('channelStock.policy.share'),
          key: 'share',
          width: 110,
          align: 'right',
          render: (_, { shareBps }) => <b className="hf-num">{shareBps / 100}%</b>,
        },
        number('floor'),
        number('cap'),
        number('zeroAt'),
        {
          title: t('channelStock.policy.warehouses'),
          key: 'warehouses',
          render: (_, { warehouses }) =>
            warehouses.length === 0 ? (
              <span className="hf-faint">{t('channelStock.policy.allWarehouses')}</span>
            ) : (
              warehouses.join(', ')
            ),
        },
        {
          title: t('channelStock.col.state'),
          key: 'push',
          width: 130,
          render: (_, { push, active }) => {
            if (!active) return <Tag tone="muted">{t('channelStock.policy.inactive')}</Tag>
            return (
              <Tag tone={push ? 'good' : 'neutral'}>
                {t(push ? 'channelStock.policy.push' : 'channelStock.policy.pushNo')}
              </Tag>
            )
          },
        },
        {
          title: t('channelStock.col.actions'),
          key: 'actions',
          width: 150,
          render: (_, policy) =>
            can('stock:write') ? (
              <Space>
                <Button onClick={() => onEdit(policy)}>{t('common.edit')}</Button>
                <Popconfirm
                  title={t('channelStock.policy.removeConfirm', { name: policy.connectionName })}
                  okText={t('common.delete')}
                  cancelText={t('common.cancel')}
                  onConfirm={() => remove.mutate(policy.id)}
                >
                  <Button danger>{t('common.delete')}</Button>
                </Popconfirm>
              </Space>
            ) : null,
        },
      ]}
    />
  )
}
