import { ExperimentOutlined, FieldTimeOutlined, PlusOutlined, UploadOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Popconfirm, Select, Table } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { lanesQuery, type SourcingLane } from '#/api/sourcing-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { LaneImport } from './lane-import.tsx'
import { TrySourcing } from './try-sourcing.tsx'
import { useWarehouses } from './use-warehouses.ts'

/** How long and how dear the way from each warehouse to a place is. */
export function LanesTab() {
  const { t } = useWording()
  const can = useCan()
  const [warehouse, setWarehouse] = useState<string | null>(null)
  const [edited, setEdited] = useState<SourcingLane | 'new' | null>(null)
  const [dialog, setDialog] = useState<'import' | 'try' | null>(null)
  const { data, error, isPending, refetch } = useQuery(lanesQuery(warehouse))
  const warehouses = useWarehouses().data ?? []
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const tools = (
    <>
      {can('stock:write') ? (
        <>
          <Button type="primary" icon={<UploadOutlined />} onClick={() => setDialog('import')}>
            {t('sourcing.lanes.import')}
          </Button>
          <Button icon={<PlusOutlined />} onClick={() => setEdited('new')}>
            {t('sourcing.lanes.add')}
          </Button>
        </>
      ) : null}
      <Button icon={<ExperimentOutlined />} onClick={() => setDialog('try')}>
        {t('sourcing.try.title')}
      </Button>
    </>
  )
  const empty = data?.length === 0 && warehouse === null
  return (
    <>
      <p className="hf-faint">{t('sourcing.lanes.lead')}</p>
      {empty ? (
        <TeachingEmpty
          icon={<FieldTimeOutlined />}
          title={t('sourcing.lanes.empty.title')}
          hint={t('sourcing.lanes.empty.hint')}
        >
          <div className="hf-wh-bar hf-wh-centre">{tools}</div>
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-wh-bar">
            <Select
              allowClear
              style={{ minWidth: 200 }}
              aria-label={t('sourcing.lanes.warehouse')}
              placeholder={t('sourcing.lanes.all')}
              value={warehouse}
              onChange={(code: string | undefined) => setWarehouse(code ?? null)}
              options={warehouses.map((one) => ({ value: one.code, label: `${one.name} ${one.code}` }))}
            />
            {tools}
          </div>
          <LaneTable rows={data ?? []} loading={isPending} onEdit={setEdited} />
        </>
      )}
      {edited ? (
        <LaneDialog
          lane={edited === 'new' ? null : edited}
          warehouse={warehouse}
          onClose={() => setEdited(null)}
        />
      ) : null}
      {dialog === 'import' ? <LaneImport onClose={() => setDialog(null)} /> : null}
      {dialog === 'try' ? <TrySourcing onClose={() => setDialog(null)} /> : null}
    </>
  )
}

function LaneTable({
  rows,
  loading,
  onEdit,
}: {
  readonly rows: readonly SourcingLane[]
  readonly loading: boolean
  readonly onEdit: (lane: SourcingLane) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: ({ warehouse, province, city }: SourcingLane) =>
      write('POST', '/api/sourcing/lanes/remove', { warehouse, province, city }),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sourcing'] })
      void message.success(t('sourcing.lanes.removed'))
    },
  })
  const amount = (text: string | null, { currency }: SourcingLane) =>
    text === null ? '—' : currency === 'CNY' ? text : `${text} ${currency}`
  return (
    <Table<SourcingLane>
      size="small"
      rowKey={(row) => `${row.warehouse} ${row.province} ${row.city}`}
      loading={loading}
      dataSource={[...rows]}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: 'max-content' }}
      columns={[
        { title: t('sourcing.lanes.warehouse'), render: (_, row) => <code>{row.warehouse}</code> },
        {
          title: t('sourcing.lanes.province'),
          render: (_, row) => (row.province === '*' ? t('sourcing.lanes.anywhere') : row.province),
        },
        {
          title: t('sourcing.lanes.city'),
          render: (_, row) =>
            row.city !== '*' ? (
              row.city
            ) : (
              <span className="hf-faint">
                {row.province === '*' ? '' : t('sourcing.lanes.wholeProvince')}
              </span>
            ),
        },
        { title: t('sourcing.lanes.hours'), align: 'right', render: (_, row) => row.hours ?? '—' },
        { title: t('sourcing.lanes.firstKg'), align: 'right', render: (_, row) => amount(row.firstKg, row) },
        {
          title: t('sourcing.lanes.furtherKg'),
          align: 'right',
          render: (_, row) => amount(row.furtherKg, row),
        },
        {
          title: '',
          align: 'right',
          render: (_, row) =>
            can('stock:write') ? (
              <>
                <Button type="link" size="small" onClick={() => onEdit(row)}>
                  {t('sourcing.lanes.edit')}
                </Button>
                <Popconfirm title={t('sourcing.lanes.removeConfirm')} onConfirm={() => remove.mutate(row)}>
                  <Button type="link" size="small" danger>
                    {t('sourcing.lanes.remove')}
                  </Button>
                </Popconfirm>
              </>
            ) : null,
        },
      ]}
    />
  )
}

type Values = {
  readonly warehouse: string
  readonly province: string
  readonly city: string
  readonly hours: string
  readonly firstKg: string
  readonly furtherKg: string
  readonly currency: string
}

function LaneDialog({
  lane,
  warehouse,
  onClose,
}: {
  readonly lane: SourcingLane | null
  readonly warehouse: string | null
  readonly onClose: () => void
}) {
  const { t } = useWording()
  const { message } = App.useApp()
  const client = useQueryClient()
  const fail = useProblemToast()
  const warehouses = useWarehouses().data ?? []
  const [form] = Form.useForm<Values>()
  const save = useMutation({
    mutationFn: (values: Values) => write<SourcingLane>('PUT', '/api/sourcing/lanes', values),
    onError: fail,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['sourcing'] })
      void message.success(t('sourcing.lanes.saved'))
      onClose()
    },
  })
  const initial: Values = {
    warehouse: lane?.warehouse ?? warehouse ?? warehouses[0]?.code ?? '',
    province: lane?.province ?? '*',
    city: lane === null || lane.city === '*' ? '' : lane.city,
    hours: lane?.hours === undefined || lane.hours === null ? '' : String(lane.hours),
    firstKg: lane?.firstKg ?? '',
    furtherKg: lane?.furtherKg ?? '',
    currency: lane?.currency ?? 'CNY',
  }
  const known = lane !== null
  return (
    <Modal
      open
      title={t(known ? 'sourcing.lanes.edit' : 'sourcing.lanes.add')}
      onCancel={onClose}
      onOk={() => form.submit()}
      confirmLoading={save.isPending}
    >
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={initial}
        onFinish={(values) => save.mutate(values)}
        autoComplete="off"
        className="hf-wh-form"
      >
        <Form.Item name="warehouse" label={t('sourcing.lanes.warehouse')} className="hf-wh-wide">
          <Select
            disabled={known}
            options={warehouses.map((one) => ({ value: one.code, label: `${one.name} ${one.code}` }))}
          />
        </Form.Item>
        <Form.Item
          name="province"
          label={t('sourcing.lanes.province')}
          extra={known ? null : t('sourcing.lanes.placeHint')}
        >
          <Input maxLength={40} disabled={known} />
        </Form.Item>
        <Form.Item name="city" label={t('sourcing.lanes.city')}>
          <Input maxLength={40} disabled={known} />
        </Form.Item>
        <Form.Item name="hours" label={t('sourcing.lanes.hours')}>
          <Input maxLength={4} inputMode="numeric" />
        </Form.Item>
        <Form.Item name="currency" label={t('sourcing.lanes.currency')}>
          <Input maxLength={3} />
        </Form.Item>
        <Form.Item name="firstKg" label={t('sourcing.lanes.firstKg')}>
          <Input maxLength={20} inputMode="decimal" />
        </Form.Item>
        <Form.Item name="furtherKg" label={t('sourcing.lanes.furtherKg')}>
          <Input maxLength={20} inputMode="decimal" />
        </Form.Item>
      </Form>
    </Modal>
  )
}
