import { Form, Input, Modal, Select } from 'antd'
import { useState } from 'react'
import { useConnections } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { useListingChanges } from './use-listing-changes.ts'

type DialogProps = { readonly onClose: () => void; readonly onDone: () => void }

/** Makes the listings of a channel from what the hub knows of it. */
export function CollectDialog({ onClose, onDone }: DialogProps) {
  const { t } = useWording()
  const channels = useConnections().filter((one) => one.role === 'channel')
  const [chosen, setChosen] = useState<string | null>(null)
  const { collect } = useListingChanges(() => {
    onDone()
    onClose()
  })
  return (
    <Modal
      open
      title={t('channelStock.collectTitle')}
      okText={t('channelStock.collect')}
      cancelText={t('common.cancel')}
      okButtonProps={{ disabled: chosen === null, loading: collect.isPending }}
      onOk={() => chosen !== null && collect.mutate(chosen)}
      onCancel={onClose}
    >
      <p className="hf-faint">{t('channelStock.collectHint')}</p>
      <Select
        style={{ width: '100%' }}
        aria-label={t('channelStock.filter.connection')}
        placeholder={t('channelStock.filter.connection')}
        value={chosen}
        onChange={setChosen}
        options={channels.map(({ id, name }) => ({ value: id, label: name }))}
      />
    </Modal>
  )
}

type ListingFields = {
  readonly connectionId: string
  readonly stockSku: string
  readonly shopSku: string
  readonly ids?: string
}

/** One listing, named by hand. */
export function ListingForm({ onClose, onDone }: DialogProps) {
  const { t } = useWording()
  const channels = useConnections().filter((one) => one.role === 'channel')
  const [form] = Form.useForm<ListingFields>()
  const { add } = useListingChanges(() => {
    onDone()
    onClose()
  })
  const required = (label: string) => [{ required: true, whitespace: true, message: label }]
  return (
    <Modal
      open
      title={t('channelStock.add')}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      okButtonProps={{ loading: add.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <Form<ListingFields>
        form={form}
        layout="vertical"
        onFinish={({ connectionId, stockSku, shopSku, ids }) =>
          add.mutate({
            connectionId,
            stockSku: stockSku.trim(),
            shopSku: shopSku.trim(),
            ids: readIds(ids ?? ''),
          })
        }
      >
        <Form.Item
          name="connectionId"
          label={t('channelStock.col.connection')}
          rules={required(t('channelStock.col.connection'))}
        >
          <Select options={channels.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <Form.Item
          name="stockSku"
          label={t('channelStock.col.stockSku')}
          rules={required(t('channelStock.col.stockSku'))}
        >
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item
          name="shopSku"
          label={t('channelStock.col.shopSku')}
          rules={required(t('channelStock.col.shopSku'))}
        >
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="ids" label={t('channelStock.col.ids')} extra={t('channelStock.idsHint')}>
          <Input.TextArea rows={3} spellCheck={false} />
        </Form.Item>
      </Form>
    </Modal>
  )
}

/** `name=value`, one a line. */
function readIds(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [name, ...rest] = line.split('=')
    const value = rest.join('=').trim()
    return name?.trim() && value ? [[name.trim(), value] as const] : []
  })
  return Object.fromEntries(pairs)
}
