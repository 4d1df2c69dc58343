import { BellOutlined, PlusOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Popconfirm, Space, Table } from 'antd'
import { useState } from 'react'
import type { AlarmRoute, Delivery } from '#/api/alarm-types.ts'
import { alarmRoutesQuery, useNotifiers } from '#/api/alarms.ts'
import { write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'
import { RouteForm } from './route-form.tsx'
import { Patterns } from './silence-list.tsx'

const ROUTES = '/api/alarm-routes'
type Tested = {
  readonly target: string
  readonly name: string
  readonly state: Delivery['state']
  readonly words: string
}

/** Who is told of what. Without a route the console is the only place that shows alarms. */
export function RouteList() {
  const { t } = useWording()
  const can = useCan()
  const navigate = useNavigate()
  const notifiers = useNotifiers()
  const [editing, setEditing] = useState<AlarmRoute | 'new' | null>(null)
  const { data, error, isPending, refetch } = useQuery(alarmRoutesQuery)
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />
  const toNotifiers = () => void navigate({ to: '/connections', search: { add: '1' } })
  return (
    <>
      {data?.length === 0 ? (
        <TeachingEmpty
          icon={<BellOutlined />}
          title={t('alarmRoutes.empty.title')}
          hint={t('alarmRoutes.empty.hint')}
        >
          <Space>
            <Button type={notifiers.length === 0 ? 'primary' : 'default'} onClick={toNotifiers}>
              {t('alarmRoutes.empty.first')}
            </Button>
            {can('alarms:write') ? (
              <Button
                type={notifiers.length > 0 ? 'primary' : 'default'}
                disabled={notifiers.length === 0}
                onClick={() => setEditing('new')}
              >
                {t('alarmRoutes.empty.second')}
              </Button>
            ) : null}
          </Space>
        </TeachingEmpty>
      ) : (
        <>
          <div className="hf-section-tools">
            <Button onClick={toNotifiers}>{t('alarmRoutes.addTarget')}</Button>
            {can('alarms:write') ? (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing('new')}>
                {t('alarmRoutes.add')}
              </Button>
            ) : null}
          </div>
          <RouteTable routes={data ?? []} loading={isPending} onEdit={setEditing} />
        </>
      )}
      {editing ? (
        <RouteForm route={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      ) : null}
    </>
  )
}

function RouteTable({
  routes,
  loading,
  onEdit,
}: {
  readonly routes: readonly AlarmRoute[]
  readonly loading: boolean
  readonly onEdit: (route: AlarmRoute) => void
}) {
  const { t } = useWording()
  const names = useNames()
  return (
    <Table<AlarmRoute>
      size="small"
      rowKey="id"
      loading={loading}
      pagination={false}
      dataSource={[...routes]}
      columns={[
        {
          title: t('alarmRoutes.name'),
          key: 'name',
          width: 180,
          render: (_, route) => (
            <>
              {route.name} {route.active ? null : <Tag tone="muted">{t('alarmRoutes.off')}</Tag>}
            </>
          ),
        },
        {
          title: t('alarmRoutes.least'),
          key: 'least',
          width: 90,
          render: (_, route) => <CodeTag family="severity" code={route.leastSeverity} />,
        },
        {
          title: t('alarmRoutes.rules'),
          key: 'rules',
          render: (_, route) => <Patterns list={route.rules} />,
        },
        { title: t('alarmRoutes.targets'), key: 'targets', render: (_, route) => names(route.targets) },
        { title: t('alarmRoutes.how'), key: 'how', render: (_, route) => <How route={route} /> },
        {
          title: '',
          key: 'actions',
          width: 230,
          render: (_, route) => <RouteActions route={route} onEdit={onEdit} />,
        },
      ]}
    />
  )
}

function useNames(): (ids: readonly string[]) => string {
  const notifiers = useNotifiers()
  return (ids) => ids.map((id) => notifiers.find((one) => one.id === id)?.name ?? id).join('、')
}

function How({ route }: { readonly route: AlarmRoute }) {
  const { t } = useWording()
  const names = useNames()
  const { escalateAfterMinutes: after, repeatMinutes: every, quietFrom: from, quietTo: to } = route
  const parts = [
    ...(after === null ? [] : [t('alarmRoutes.how.escalates', { n: after, to: names(route.escalateTo) })]),
    ...(every === null ? [] : [t('alarmRoutes.how.repeats', { n: every })]),
    ...(from === null || to === null ? [] : [t('alarmRoutes.how.quiet', { from, to })]),
  ]
  return <span className="hf-faint">{parts.join(' · ') || '–'}</span>
}

function RouteActions({
  route,
  onEdit,
}: {
  readonly route: AlarmRoute
  readonly onEdit: (route: AlarmRoute) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const { modal } = App.useApp()
  const fail = useProblemToast()
  const remove = useMutation({
    mutationFn: () => write('DELETE', `${ROUTES}/${route.id}`),
    onError: fail,
    onSuccess: () => client.invalidateQueries({ queryKey: ['alarms'] }),
  })
  const test = useMutation({
    mutationFn: () => write<{ items: readonly Tested[] }>('POST', `${ROUTES}/${route.id}/test`),
    onError: fail,
    onSuccess: ({ items }) => {
      void modal.info({
        title: t('alarmRoutes.tested'),
        okText: t('common.close'),
        width: 520,
        content: <TestResults items={items} />,
      })
    },
  })
  if (!can('alarms:write')) return null
  return (
    <Space>
      <Button loading={test.isPending} onClick={() => test.mutate()}>
        {t('alarmRoutes.test')}
      </Button>
      <Button onClick={() => onEdit(route)}>{t('alarmRoutes.edit')}</Button>
      <Popconfirm
        title={t('alarmRoutes.removeConfirm', { name: route.name })}
        okText={t('alarmRoutes.remove')}
        cancelText={t('common.cancel')}
        onConfirm={() => remove.mutate()}
      >
        <Button danger>{t('alarmRoutes.remove')}</Button>
      </Popconfirm>
    </Space>
  )
}

function TestResults({ items }: { readonly items: readonly Tested[] }) {
  const { t } = useWording()
  return (
    <>
      <p className="hf-faint">{t('alarmRoutes.testedHint')}</p>
      <ul className="hf-alarm-events">
        {items.map((one) => (
          <li key={one.target}>
            {one.name} <CodeTag family="delivery" code={one.state} />{' '}
            <span className="hf-faint">{one.words}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
