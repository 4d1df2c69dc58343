import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Modal, Table } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { type Sender, sendersQuery } from '#/api/waybill-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { Tag } from '#/parts/tag.tsx'

/** Who sends from each warehouse, as carriers and labels have it. */
export function SendersTab() {
  const { t } = useWording()
  const can = useCan()
  const [editing, setEditing] = useState<Sender | null>(null)
  const { data, error, refetch, isPending } = useQuery(sendersQuery)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <div className="hf-block">
      <p className="hf-faint">{t('waybills.senders.hint')}</p>
      <Table<Sender>
        size="small"
        rowKey="warehouse"
        loading={isPending}
        dataSource={[...(data ?? [])]}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: t('waybills.senders.empty') }}
        columns={[
          {
            title: t('waybills.senders.warehouse'),
            render: (_, row) =>
              can('parcels:write') ? (
                <button
                  type="button"
                  className="hf-link-button"
                  title={row.warehouse}
                  onClick={() => setEditing(row)}
                >
                  {row.warehouseName}
                </button>
              ) : (
                row.warehouseName
              ),
          },
          { title: t('waybills.senders.name'), dataIndex: 'name' },
          { title: t('waybills.senders.phone'), dataIndex: 'phone' },
          {
            title: t('waybills.senders.place'),
            render: (_, row) => [row.province, row.city, row.district, row.address].filter(Boolean).join(' '),
          },
          {
            title: t('waybills.col.state'),
            render: (_, row) => (
              <Tag tone={row.isComplete ? 'good' : 'bad'} dot>
                {t(row.isComplete ? 'waybills.senders.complete' : 'waybills.senders.missing')}
              </Tag>
            ),
          },
        ]}
      />
      {editing ? <SenderDialog sender={editing} onClose={() => setEditing(null)} /> : null}
    </div>
  )
}

const FIELDS = [
  ['name', true, 60],
  ['phone', true, 30],
  ['company', false, 100],
  ['country', true, 2],
  ['province', true, 60],
  ['city', true, 60],
  ['district', false, 60],
  ['postalCode', false, 20],
] as const

type SenderValues = Omit<Sender, 'warehouse' | 'warehouseName' | 'isComplete' | 'updatedBy' | 'updatedAt'>

function SenderDialog({ sender, onClose }: { readonly sender: Sender; readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const [form] = Form.useForm<SenderValues>()
  const save = useMutation({
    mutationFn: (values: SenderValues) =>
      write('PUT', `/api/ship-from/${encodeURIComponent(sender.warehouse)}`, {
        ...values,
        country: values.country.trim().toUpperCase(),
      }),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('waybills.senders.saved'))
      await client.invalidateQueries({ queryKey: sendersQuery.queryKey })
      onClose()
    },
  })
  const needed = [{ required: true, whitespace: true, message: t('waybills.accounts.needed') }]
  return (
    <Modal
      open
      width={620}
      title={`${t('waybills.senders.edit')} · ${sender.warehouseName}`}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={save.isPending}
    >
      <Form<SenderValues>
        form={form}
        layout="vertical"
        initialValues={sender}
        onFinish={(values) => save.mutate(values)}
        className="hf-wh-form"
        autoComplete="off"
      >
        {FIELDS.map(([name, isNeeded, most]) => (
          <Form.Item
            key={name}
            name={name}
            label={t(`waybills.senders.${name}`)}
            rules={isNeeded ? needed : []}
          >
            <Input maxLength={most} />
          </Form.Item>
        ))}
        <Form.Item name="address" label={t('waybills.senders.address')} rules={needed} className="hf-wh-wide">
          <Input maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  )
}
