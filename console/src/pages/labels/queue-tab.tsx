import { PrinterOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Select } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import { write } from '#/api/client.ts'
import type { PrintDevice, PrintTask } from '#/api/label-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton, Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import type { LabelsChange } from './labels-page.tsx'
import { STATE_TONE, useDevices } from './use-labels.ts'

const rowKey = (row: PrintTask) => row.id
const rowName = (row: PrintTask) => row.batchNo
const NONE = {}
const KINDS = ['pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin'] as const

/** What printers have to print and did, and the printers themselves. */
export function QueueTab({
  tabs,
  onChange,
}: {
  readonly tabs: ReactNode
  readonly onChange: (change: LabelsChange) => void
}) {
  const wording = useWording()
  const { t } = wording
  const can = useCan()
  const fail = useProblemToast()
  const list = useCursorList<PrintTask>('/api/print/tasks', NONE)
  const act = useMutation({
    mutationFn: ({ id, what }: { id: string; what: 'requeue' | 'drop' }) =>
      write('POST', `/api/print/tasks/${id}/${what}`, {
        reason: t(what === 'requeue' ? 'labels.requeue' : 'labels.drop').padEnd(3, '.'),
      }),
    onError: fail,
    onSuccess: list.refresh,
  })
  const { mutate } = act
  const mayPrint = can('labels:print')
  const columns = useMemo(() => taskColumns(wording, mayPrint ? mutate : null), [wording, mayPrint, mutate])
  return (
    <div className="hf-split">
      <ListView<PrintTask>
        name="labels-queue"
        label={t('labels.tab.queue')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={list}
        filtered={false}
        onClearFilters={list.refresh}
        views={tabs}
        onOpen={(row) => onChange({ batch: row.batchId })}
        empty={
          <TeachingEmpty
            icon={<PrinterOutlined />}
            title={t('labels.queue.empty')}
            hint={t('labels.queue.hint')}
          />
        }
      />
      <Devices mayWrite={can('parcels:write')} />
    </div>
  )
}

type Act = (ask: { id: string; what: 'requeue' | 'drop' }) => void

function taskColumns({ t }: Wording, act: Act | null): readonly ListColumn<PrintTask>[] {
  return [
    {
      key: 'batchNo',
      title: t('labels.col.batchNo'),
      width: 140,
      pinned: true,
      render: (row) => <span className="hf-num">{row.batchNo}</span>,
    },
    { key: 'device', title: t('labels.col.device'), width: 90, render: (row) => row.device },
    {
      key: 'kind',
      title: t('labels.col.kind'),
      width: 100,
      render: (row) => `${t(`labels.kind.${row.kind}` as 'labels.kind.pdf')} ×${row.labels}`,
    },
    {
      key: 'state',
      title: t('labels.col.state'),
      width: 90,
      render: (row) => (
        <Tag tone={STATE_TONE[row.state] ?? 'neutral'} dot>
          {t(`labels.state.${row.state}` as 'labels.state.queued')}
        </Tag>
      ),
    },
    {
      key: 'deliveries',
      title: t('labels.col.deliveries'),
      width: 110,
      render: (row) =>
        row.printedTimes > 1 ? (
          <span className="hf-bad-text">{t('labels.twice', { n: row.printedTimes })}</span>
        ) : row.deliveries > 1 ? (
          t('labels.again', { n: row.deliveries })
        ) : (
          row.deliveries
        ),
    },
    {
      key: 'words',
      title: t('labels.col.words'),
      width: 140,
      render: (row) => <span title={row.words}>{row.words}</span>,
    },
    {
      key: 'queuedAt',
      title: t('labels.col.queuedAt'),
      width: 96,
      render: (row) => <TimeText at={row.queuedAt} />,
    },
    {
      key: 'act',
      title: '',
      width: 110,
      render: (row) =>
        act === null || row.state === 'printed' || row.state === 'dropped' ? null : (
          <span className="hf-label-row-acts">
            <Button
              size="small"
              onClick={(event) => {
                event.stopPropagation()
                act({ id: row.id, what: 'requeue' })
              }}
            >
              {t('labels.requeue')}
            </Button>
            <Button
              size="small"
              onClick={(event) => {
                event.stopPropagation()
                act({ id: row.id, what: 'drop' })
              }}
            >
              {t('labels.drop')}
            </Button>
          </span>
        ),
    },
  ]
}

function Devices({ mayWrite }: { readonly mayWrite: boolean }) {
  const { t } = useWording()
  const devices = useDevices()
  const [adding, setAdding] = useState(false)
  return (
    <aside className="hf-label-devices">
      <Section
        title={t('labels.devices')}
        extra={
          mayWrite ? (
            <Button size="small" onClick={() => setAdding(true)}>
              {t('labels.addDevice')}
            </Button>
          ) : null
        }
      >
        {devices.length === 0 ? <p className="hf-faint">{t('labels.devices.hint')}</p> : null}
        <ul className="hf-label-failed">
          {devices.map((device) => (
            <Device key={device.id} device={device} />
          ))}
        </ul>
      </Section>
      {adding ? <AddDevice onClose={() => setAdding(false)} /> : null}
    </aside>
  )
}

function Device({ device }: { readonly device: PrintDevice }) {
  const { t } = useWording()
  return (
    <li>
      <b>
        {device.name} <span className="hf-num hf-faint">{device.code}</span>
      </b>
      <span className="hf-faint">
        {t('labels.lastSeen')}{' '}
        {device.lastSeenAt === null ? t('labels.never') : <TimeText at={device.lastSeenAt} />} ·{' '}
        {t('labels.openTasks')} {device.open}
        {device.stuck > 0 ? <span className="hf-bad-text"> · {device.stuck}</span> : null}
      </span>
      <span className="hf-faint">
        {device.takes.map((kind) => t(`labels.kind.${kind}` as 'labels.kind.pdf')).join(' · ')}
      </span>
    </li>
  )
}

type DeviceForm = { code: string; name: string; takes: string[] }

function AddDevice({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const [form] = Form.useForm<DeviceForm>()
  const [key, setKey] = useState<string | null>(null)
  const add = useMutation({
    mutationFn: (ask: DeviceForm) =>
      write<{ key: string }>('POST', '/api/print/devices', { ...ask, warehouse: null }),
    onError: fail,
    onSuccess: (made) => {
      setKey(made.key)
      void client.invalidateQueries({ queryKey: ['print-devices'] })
      void message.success(t('labels.addDevice'))
    },
  })
  return (
    <Modal
      open
      title={t('labels.addDevice')}
      okText={t(key === null ? 'labels.addDevice' : 'common.close')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: add.isPending }}
      onOk={() => (key === null ? form.submit() : onClose())}
      onCancel={onClose}
    >
      {key === null ? (
        <Form
          form={form}
          layout="vertical"
          initialValues={{ takes: ['pdf'] }}
          onFinish={(ask) => add.mutate(ask)}
        >
          <Form.Item
            name="code"
            label={t('labels.deviceCode')}
            rules={[{ required: true, pattern: /^[\w.-]{1,40}$/ }]}
          >
            <Input maxLength={40} placeholder="SH-PRN-01" autoFocus />
          </Form.Item>
          <Form.Item name="name" label={t('labels.deviceName')} rules={[{ required: true }]}>
            <Input maxLength={60} />
          </Form.Item>
          <Form.Item name="takes" label={t('labels.takes')} rules={[{ required: true }]}>
            <Select
              mode="multiple"
              options={KINDS.map((value) => ({ value, label: t(`labels.kind.${value}`) }))}
            />
          </Form.Item>
        </Form>
      ) : (
        <>
          <p>{t('labels.deviceKeyHint')}</p>
          <p className="hf-label-key">
            <code>{key}</code> <CopyButton text={key} label={t('labels.deviceKey')} />
          </p>
        </>
      )}
    </Modal>
  )
}
