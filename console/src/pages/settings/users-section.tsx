import { PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Modal, Popconfirm, Select, Space, Table } from 'antd'
import { useState } from 'react'
import { get, write } from '#/api/client.ts'
import { useSession } from '#/api/session.ts'
import { type Page, ROLES, type Role, type User } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { NewPasswordFields, PASSWORD_LENGTH } from '#/parts/new-password-fields.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { ShopSelect, ShopTags, shopsOrAll } from '#/parts/shop-select.tsx'
import { CopyButton } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const USERS = '/api/users'
const KEY = ['users']

function useChangeUser(onDone?: () => void) {
  const client = useQueryClient()
  const fail = useProblemToast()
  return useMutation({
    mutationFn: ({
      id,
      ...change
    }: {
      id: string
      role?: Role
      disabled?: boolean
      password?: string
      shops?: readonly string[] | null
    }) => write('PATCH', `${USERS}/${id}`, change),
    onError: fail,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: KEY })
      onDone?.()
    },
  })
}

export function UsersSection() {
  const { t, word } = useWording()
  const me = useSession().user
  const [adding, setAdding] = useState(false)
  const [resetting, setResetting] = useState<User | null>(null)
  const [confining, setConfining] = useState<User | null>(null)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => get<Page<User>>(USERS, { limit: 200 }, signal),
  })
  const change = useChangeUser()
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  return (
    <>
      <div className="hf-section-tools">
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      </div>
      <Table<User>
        size="small"
        rowKey="id"
        loading={isPending}
        pagination={false}
        dataSource={[...(data?.items ?? [])]}
        columns={[
          {
            title: t('users.name'),
            key: 'name',
            render: (_, user) => (
              <>
                {user.name} {user.id === me.id ? <Tag tone="neutral">{t('users.you')}</Tag> : null}
              </>
            ),
          },
          {
            title: t('users.role'),
            key: 'role',
            width: 160,
            render: (_, user) => (
              <Select<Role>
                className="hf-filter"
                aria-label={t('users.roleOf', { name: user.name })}
                value={user.role}
                disabled={user.id === me.id}
                onChange={(role) => change.mutate({ id: user.id, role })}
                options={ROLES.map((value) => ({ value, label: word('role', value) }))}
              />
            ),
          },
          {
            title: t('shops.label'),
            key: 'shops',
            width: 170,
            render: (_, user) => <ShopTags shops={user.shops} />,
          },
          {
            title: t('users.state'),
            key: 'state',
            width: 100,
            render: (_, user) => (
              <Tag tone={user.disabled ? 'muted' : 'good'}>
                {t(user.disabled ? 'users.disabled' : 'users.active')}
              </Tag>
            ),
          },
          {
            title: t('users.lastSeen'),
            key: 'seen',
            width: 130,
            render: (_, user) => <TimeText at={user.seenAt} />,
          },
          {
            title: '',
            key: 'actions',
            width: 290,
            render: (_, user) => (
              <Space>
                {user.role === 'admin' ? null : (
                  <Button onClick={() => setConfining(user)}>{t('shops.change')}</Button>
                )}
                <Button onClick={() => setResetting(user)}>{t('users.resetPassword')}</Button>
                {user.id === me.id ? null : (
                  <DisableButton user={user} onChange={(next) => change.mutate(next)} />
                )}
              </Space>
            ),
          },
        ]}
      />
      {adding ? <AddUser onClose={() => setAdding(false)} /> : null}
      {confining ? <ConfineUser user={confining} onClose={() => setConfining(null)} /> : null}
      {resetting ? <ResetPassword user={resetting} onClose={() => setResetting(null)} /> : null}
    </>
  )
}

function DisableButton({
  user,
  onChange,
}: {
  readonly user: User
  readonly onChange: (change: { id: string; disabled: boolean }) => void
}) {
  const { t } = useWording()
  if (user.disabled) {
    return <Button onClick={() => onChange({ id: user.id, disabled: false })}>{t('users.enable')}</Button>
  }
  return (
    <Popconfirm
      title={t('users.disableConfirm', { name: user.name })}
      okText={t('users.disable')}
      cancelText={t('common.cancel')}
      onConfirm={() => onChange({ id: user.id, disabled: true })}
    >
      <Button danger>{t('users.disable')}</Button>
    </Popconfirm>
  )
}

function AddUser({ onClose }: { readonly onClose: () => void }) {
  const { t, word } = useWording()
  const client = useQueryClient()
  const { message } = App.useApp()
  const fail = useProblemToast()
  const [form] = Form.useForm()
  const add = useMutation({
    mutationFn: ({
      password,
      shops,
      ...rest
    }: {
      name: string
      role: Role
      password?: string
      shops?: string[]
    }) => {
      const user = { ...rest, shops: rest.role === 'admin' ? null : shopsOrAll(shops) }
      return write<{ id: string; linkPath: string | null }>(
        'POST',
        USERS,
        password ? { ...user, password } : user,
      )
    },
    onError: fail,
    onSuccess: ({ linkPath }) => {
      void client.invalidateQueries({ queryKey: KEY })
      void message.success(t('users.created'))
      if (linkPath === null) onClose()
    },
  })
  if (add.data?.linkPath) {
    const link = window.location.origin + add.data.linkPath
    return (
      <Modal open title={t('users.link')} footer={null} onCancel={onClose} width={520}>
        <p className="hf-faint">{t('users.linkHint')}</p>
        <p className="hf-secret">
          <code>{link}</code> <CopyButton text={link} />
        </p>
      </Modal>
    )
  }
  return (
    <Modal
      open
      title={t('users.add')}
      okText={t('common.create')}
      cancelText={t('common.cancel')}
      confirmLoading={add.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={420}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ role: 'operator' }}
        onFinish={(user) => add.mutate(user)}
      >
        <Form.Item name="name" label={t('users.name')} rules={[{ required: true, whitespace: true }]}>
          <Input autoComplete="off" autoFocus maxLength={60} />
        </Form.Item>
        <Form.Item name="role" label={t('users.role')}>
          <Select
            options={ROLES.map((value) => ({ value, label: word('role', value) }))}
            aria-label={t('users.role')}
          />
        </Form.Item>
        <Form.Item noStyle shouldUpdate={(a, b) => a.role !== b.role}>
          {({ getFieldValue }) => {
            const admin = getFieldValue('role') === 'admin'
            return (
              <Form.Item
                name="shops"
                label={t('shops.label')}
                extra={t(admin ? 'shops.admin' : 'shops.hint')}
              >
                <ShopSelect disabled={admin} />
              </Form.Item>
            )
          }}
        </Form.Item>
        <Form.Item
          name="password"
          label={t('users.password')}
          extra={t('users.passwordHint')}
          rules={[{ min: PASSWORD_LENGTH, message: t('password.tooShort', { n: PASSWORD_LENGTH }) }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  )
}

function ConfineUser({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const { t } = useWording()
  const [form] = Form.useForm()
  const change = useChangeUser(onClose)
  return (
    <Modal
      open
      title={t('shops.of', { name: user.name })}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      confirmLoading={change.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={480}
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={{ shops: user.shops ?? [] }}
        onFinish={({ shops }) => change.mutate({ id: user.id, shops: shopsOrAll(shops) })}
      >
        <Form.Item name="shops" label={t('shops.label')} extra={t('shops.hint')}>
          <ShopSelect />
        </Form.Item>
      </Form>
    </Modal>
  )
}

function ResetPassword({ user, onClose }: { readonly user: User; readonly onClose: () => void }) {
  const { t } = useWording()
  const [form] = Form.useForm()
  const change = useChangeUser(onClose)
  return (
    <Modal
      open
      title={`${t('users.resetPassword')} · ${user.name}`}
      okText={t('common.save')}
      cancelText={t('common.cancel')}
      confirmLoading={change.isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
      width={420}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={({ password }) => change.mutate({ id: user.id, password })}
      >
        <NewPasswordFields />
      </Form>
    </Modal>
  )
}
