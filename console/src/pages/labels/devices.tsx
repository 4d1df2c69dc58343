import { useMutation, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Popconfirm, Select } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import type { PrintDevice } from '#/api/label-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { CopyButton, Section } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { useDevices } from './use-labels.ts'

const KINDS = ['pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin'] as const

/** Printers: who takes what, when each was last heard of, and their keys. */
export function Devices({ mayWrite }: { readonly mayWrite: boolean }) {
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
            <Device key={device.id} device={device} mayWrite={mayWrite} />
          ))}
        </ul>
      </Section>
      {adding ? <AddDevice onClose={() => setAdding(false)} /> : null}
    </aside>
  )
}

function Device({ device, mayWrite }: { readonly device: PrintDevice; readonly mayWrite: boolean }) {
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
        {device.stuck > 0 ? (
          <span className="hf-bad-text"> · {t('labels.stuckTasks', { n: device.stuck })}</span>
        ) : null}
      </span>
      <span className="hf-faint">
        {device.takes.map((kind) => t(`labels.kind.${kind}` as 'labels.kind.pdf')).join(' · ')}
      </span>
      {mayWrite ? <DeviceActs device={device} /> : null}
    </li>
  )
}

function DeviceActs({ device }: { readonly device: PrintDevice }) {
  const { t } = useWording()
  const { message, modal } = App.useApp()
  const fail = useProblemToast()
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: ['print-devices'] })
  const renew = useMutation({
    mutationFn: () => write<{ key: string }>('POST', `/api/print/devices/${device.id}/key`),
    onError: fail,
    onSuccess: ({ key }) => {
      void refresh()
      modal.info({
        title: `${t('labels.renewKey')} · ${device.code}`,
        width: 520,
        content: <KeyText text={key} />,
      })
    },
  })
  const remove = useMutation({
    mutationFn: () => write('DELETE', `/api/print/devices/${device.id}`),
    onError: fail,
    onSuccess: () => {
      void refresh()
      void message.success(t('labels.deviceRemoved'))
    },
  })
  return (
    <span className="hf-label-row-acts">
      <Popconfirm
        title={t('labels.renewKeyHint')}
        okText={t('labels.renewKey')}
        cancelText={t('common.cancel')}
        onConfirm={() => renew.mutate()}
      >
        <Button size="small" loading={renew.isPending}>
          {t('labels.renewKey')}
        </Button>
      </Popconfirm>
      <Popconfirm
        title={t('labels.removeDeviceHint')}
        okText={t('labels.removeDevice')}
        cancelText={t('common.cancel')}
        onConfirm={() => remove.mutate()}
      >
        <Button size="small" loading={remove.isPending}>
          {t('labels.removeDevice')}
        </Button>
      </Popconfirm>
    </span>
  )
}

function KeyText({ text }: { readonly text: string }) {
  const { t } = useWording()
  return (
    <>
      <p>{t('labels.deviceKeyHint')}</p>
      <p className="hf-label-key">
        <code>{text}</code> <CopyButton text={text} label={t('labels.deviceKey')} />
      </p>
    </>
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
        <KeyText text={key} />
      )}
    </Modal>
  )
}
