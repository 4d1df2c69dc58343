import { KeyOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Form, Input, Modal, Popconfirm, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { type ApiKey, type NewApiKey, type Page, SCOPES } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { ShopSelect, ShopTags, shopsOrAll } from '#/parts/shop-select.tsx'
import { CopyButton, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const KEYS = '/api/keys'
const KEY = ['keys']

export function KeysSection() {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [adding, setAdding] = useState(false)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => get<Page<ApiKey>>(KEYS, { limit: 200 }, signal),
  })
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => write('DELETE', `${KEYS}/${key.id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t('keys.add')}
    </Button>
  )
  return (
    <>
      {data?.items.length === 0 ? (
        <TeachingEmpty icon={<KeyOutlined />} title={t('keys.empty.title')} hint={t('keys.empty.hint')}>
          {add}
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">
            <a href="/api/docs" target="_blank" rel="noreferrer">
              {t('keys.docs')}
            </a>
            {add}
          </div>
          <Table<ApiKey>
            size="small"
            rowKey="id"
            loading={isPending}
            pagination={false}
            dataSource={[...(data?.items ?? [])]}
            columns={[
              { title: t('keys.name'), key: 'name', dataIndex: 'name', width: 200 },
              {
                title: t('keys.scopes'),
                key: 'scopes',
                render: (_, key) => (
                  <span className="hf-tags hf-tags-wrap">
                    {key.scopes.map((scope) => (
                      <Tag key={scope} tone="neutral">
                        <code>{scope}</code>
                      </Tag>
                    ))}
                  </span>
                ),
              },
              {
                title: t('shops.label'),
                key: 'shops',
                width: 150,
                render: (_, key) => <ShopTags shops={key.shops} />,
              },
              {
                title: t('keys.createdAt'),
                key: 'created',
                width: 120,
                render: (_, key) => <TimeText at={key.createdAt} />,
              },
              {
                title: t('keys.lastUsed'),
                key: 'used',
                width: 120,
                render: (_, key) =>
                  key.lastUsedAt ? (
                    <TimeText at={key.lastUsedAt} />
                  ) : (
                    <span className="hf-faint">{t('keys.never')}</span>
                  ),
              },
              {
                title: '',
                key: 'actions',
                width: 90,
                render: (_, key) => (
                  <Popconfirm
                    title={t('keys.revokeConfirm', { name: key.name })}
                    okText={t('keys.revoke')}
                    cancelText={t('common.cancel')}
                    onConfirm={() => revoke.mutate(key)}
                  >
                    <Button danger>{t('keys.revoke')}</Button>
                  </Popconfirm>
                ),
              },
            ]}
          />
        </>
      )}
      {adding ? <AddKey onClose={() => setAdding(false)} /> : null}
    </>
  )
}

/** The key's text exists in the answer to its creation and nowhere else. */
function AddKey({ onClose }: { readonly onClose: () => void }) {
  const { t } = useWording()
  const client = useQueryClient()
  const fail = useProblemToast()
  const [form] = Form.useForm()
  const add = useMutation({
    mutationFn: ({ shops, ...key }: { name: string; scopes: string[]; shops?: string[] }) =>
      write<NewApiKey>('POST', KEYS, { ...key, shops: shopsOrAll(shops) }),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
  if (add.data) {
    return (
      <Modal
        open
        title={t('keys.newTitle')}
        onCancel={onClose}
        cancelButtonProps={{ hidden: true }}
        onOk={onClose}
        okText={t('common.close')}
      >
        <Alert type="warning" showIcon title={t('keys.once')} />
        <p className="hf-secret">
          <code>{add.data.text}</code> <CopyButton text={add.data.text} />
        </p>
      </Modal>
    )
  }
  return (
    <Modal
      open
      title={t('keys.add')}
      okText={t('common.create')}
      cancelText={t('common.cancel')}
      confirmLoading={add.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={480}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ scopes: ['orders:read'] }}
        onFinish={(key) => add.mutate(key)}
      >
        <Form.Item
          name="name"
          label={t('keys.name')}
          rules={[{ required: true, whitespace: true, message: t('keys.nameHint') }]}
        >
          <Input placeholder={t('keys.nameHint')} autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item
          name="scopes"
          label={t('keys.scopes')}
          rules={[{ required: true, type: 'array', min: 1, message: t('keys.scopesMissing') }]}
        >
          <Checkbox.Group
            className="hf-scopes"
            options={SCOPES.map((value) => ({ value, label: <code>{value}</code> }))}
          />
        </Form.Item>
        <Form.Item name="shops" label={t('shops.label')} extra={t('shops.hint')}>
          <ShopSelect />
        </Form.Item>
      </Form>
    </Modal>
  )
}
