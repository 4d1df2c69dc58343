import { SyncOutlined } from '@ant-design/icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Space, Table, Tooltip } from 'antd'
import { useState } from 'react'
import { write } from '#/api/client.ts'
import { POLLS, type Poll } from '#/api/poll-types.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice, useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { PollForm } from './poll-form.tsx'
import { POLLS_KEY, type usePolls } from './use-polls.ts'

/** One row per connection that can be asked for something. */
export function PollTable({ polls }: { readonly polls: ReturnType<typeof usePolls> }) {
  const { t } = useWording()
  const [edited, setEdited] = useState<Poll | null>(null)
  if (polls.error && !polls.data)
    return <ProblemNotice error={polls.error} onRetry={() => void polls.refetch()} />
  if (polls.data?.items.length === 0)
    return (
      <TeachingEmpty icon={<SyncOutlined />} title={t('polls.empty.title')} hint={t('polls.empty.hint')}>
        <Link to="/connections">
          <Button type="primary">{t('polls.empty.add')}</Button>
        </Link>
      </TeachingEmpty>
    )
  return (
    <div className="hf-tab-body">
      <Rows polls={polls.data?.items ?? []} loading={polls.isPending} onEdit={setEdited} />
      {edited ? <PollForm poll={edited} onClose={() => setEdited(null)} /> : null}
    </div>
  )
}

function Rows({
  polls,
  loading,
  onEdit,
}: {
  readonly polls: readonly Poll[]
  readonly loading: boolean
  readonly onEdit: (poll: Poll) => void
}) {
  const { t } = useWording()
  return (
    <Table<Poll>
      size="small"
      rowKey={(poll) => poll.connection.id}
      loading={loading}
      pagination={false}
      dataSource={[...polls]}
      columns={[
        {
          title: t('polls.col.connection'),
          key: 'connection',
          width: 170,
          render: (_, poll) => (
            <Space>
              {poll.connection.name}
              {poll.paused ? <Tag tone="muted">{t('polls.paused')}</Tag> : null}
            </Space>
          ),
        },
        {
          title: t('polls.col.increment'),
          key: 'increment',
          render: (_, { increment }) => <Increment increment={increment} />,
        },
        {
          title: <Tooltip title={t('polls.col.lostHint')}>{t('polls.col.lost')}</Tooltip>,
          key: 'lost',
          width: 88,
          align: 'right',
          render: (_, { increment, fallback }) => (
            <Count n={(increment?.lost ?? 0) + (fallback?.found ?? 0)} />
          ),
        },
        {
          title: t('polls.col.pushes'),
          key: 'pushes',
          width: 64,
          align: 'right',
          render: (_, { pushes }) => <span className="hf-num">{pushes >= 10_000 ? '10000+' : pushes}</span>,
        },
        {
          title: t('polls.col.fallback'),
          key: 'fallback',
          width: 320,
          render: (_, { fallback }) => <Fallback fallback={fallback} />,
        },
        {
          title: t('polls.col.waiting'),
          key: 'waiting',
          width: 72,
          align: 'right',
          render: (_, { fallback }) => (fallback ? <span className="hf-num">{fallback.waiting}</span> : null),
        },
        {
          title: t('polls.col.due'),
          key: 'due',
          width: 56,
          align: 'right',
          render: (_, { fallback }) => (fallback ? <span className="hf-num">{fallback.due}</span> : null),
        },
        {
          title: '',
          key: 'actions',
          width: 168,
          render: (_, poll) => <Actions poll={poll} onEdit={onEdit} />,
        },
      ]}
    />
  )
}

function Count({ n }: { readonly n: number }) {
  return n > 0 ? <b className="hf-num">{n}</b> : <span className="hf-num hf-faint">0</span>
}

function Increment({ increment }: { readonly increment: Poll['increment'] }) {
  const { t, duration } = useWording()
  if (!increment) return <span className="hf-faint">{t('polls.none')}</span>
  return (
    <div>
      <div>
        {t('polls.every', { time: duration(increment.everySeconds) })}{' '}
        {increment.changed ? <Tag tone="neutral">{t('polls.changed')}</Tag> : null}{' '}
        {increment.wanted ? <Tag tone="move">{t('polls.running')}</Tag> : null}{' '}
        {increment.trouble ? (
          <Tag tone="bad" title={increment.trouble}>
            {t('polls.trouble')}
          </Tag>
        ) : null}
      </div>
      <div className="hf-faint">
        {increment.ranAt === null ? (
          t('polls.neverRun')
        ) : (
          <>
            {t('polls.lastRun')} <TimeText at={increment.ranAt} /> ·{' '}
            {t('polls.fresh', { messages: increment.messages, fresh: increment.fresh })} · {t('polls.readTo')}{' '}
            <TimeText at={increment.polledTo} />
          </>
        )}
      </div>
      {increment.trouble ? <div className="hf-faint">{increment.trouble}</div> : null}
    </div>
  )
}

function Fallback({ fallback }: { readonly fallback: Poll['fallback'] }) {
  const { t, duration } = useWording()
  if (!fallback) return <span className="hf-faint">{t('polls.none')}</span>
  if (!fallback.enabled) return <Tag tone="muted">{t('polls.off')}</Tag>
  const { asked, found, fruitless, failed } = fallback
  return (
    <div>
      <div>
        {t('polls.every', { time: duration(Math.max(fallback.everySeconds, fallback.apartSeconds)) })}{' '}
        {Object.keys(fallback.own).length > 0 ? <Tag tone="neutral">{t('polls.changed')}</Tag> : null}
      </div>
      <div className="hf-faint" title={t('polls.col.hour')}>
        {t('polls.hour', { asked, found, fruitless, failed })}
      </div>
    </div>
  )
}

function Actions({ poll, onEdit }: { readonly poll: Poll; readonly onEdit: (poll: Poll) => void }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { message } = App.useApp()
  const run = useMutation({
    mutationFn: () => write('POST', `${POLLS}/${encodeURIComponent(poll.connection.id)}/run`),
    onError: fail,
    onSuccess: async () => {
      void message.success(t('polls.ran'))
      await client.invalidateQueries({ queryKey: POLLS_KEY })
    },
  })
  if (!can('connections:write')) return null
  return (
    <Space>
      <Button disabled={poll.paused} loading={run.isPending} onClick={() => run.mutate()}>
        {t('polls.run')}
      </Button>
      <Button onClick={() => onEdit(poll)}>{t('polls.edit')}</Button>
    </Space>
  )
}
